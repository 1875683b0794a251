import { isPlatformRole } from "../../access/reach/baseline.ts";
import { isShared } from "./shared-roles.ts";

/** Why no resource can declare the role; undefined if one can. */
export function reservedRoleProblem(name: string): string | undefined {
  if (name === "public" || name === "none") return `PostgreSQL keeps the name ${name} for itself`;
  if (name.startsWith("pg_")) return "PostgreSQL keeps names that begin with pg_ for itself";
  return isPlatformRole(name) && !isShared(name)
    ? `${name} is the platform's own role, and a hosted project refuses every change of it. Declare a role of your own`
    : undefined;
}

/** Memberships that the API depends on. They stay, even if a resource declared them. */
export function isPlatformMembership(member: string, role: string): boolean {
  return member === "postgres" || (member === "authenticator" && isShared(role));
}

/** The roles of which the platform makes a role that requests log in with or act as a member. */
export function platformMemberships(member: string): readonly string[] {
  return member === "authenticator" ? ["anon", "authenticated", "service_role"] : [];
}

/**
 * The default of `inherit`. It is off for the role that the API logs in with, which has the rights of its memberships
 * only after SET ROLE.
 */
export function inheritsByDefault(name: string): boolean {
  return name !== "authenticator";
}
