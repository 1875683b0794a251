import { isPlatformRole } from "../../access/reach/baseline.ts";

/** Roles of the platform's that requests act as or log in with, and the one that deploys: they may be given memberships and settings. */
const sharedRoles = new Set(["anon", "authenticated", "service_role", "authenticator", "postgres"]);

/** Whether the platform makes the role, for everybody to use: it is never created or dropped here, and its attributes are not ours. */
export function isShared(name: string): boolean {
  return sharedRoles.has(name);
}

/** Why no resource can be about the role, or undefined. */
export function reservedRoleProblem(name: string): string | undefined {
  if (name === "public" || name === "none") return `PostgreSQL keeps the name ${name} for itself`;
  if (name.startsWith("pg_")) return "PostgreSQL keeps names that begin with pg_ for itself";
  return isPlatformRole(name) && !isShared(name)
    ? `${name} is the platform's own role, and a hosted project refuses every change of it. Declare a role of your own`
    : undefined;
}

/** The memberships without which the API would no longer work; they stay whoever declared them. */
export function isPlatformMembership(member: string, role: string): boolean {
  return member === "postgres" || (member === "authenticator" && isShared(role));
}

/** Whether a role has the rights of those that it is a member of where nothing says so: the API's login has them only as one of them. */
export function inheritsByDefault(name: string): boolean {
  return name !== "authenticator";
}
