import { isMadeByPlatform } from "../../sql/platform-schemas.ts";
import type { DefaultPrivilege, Membership, Reachable } from "./reachable.ts";

/** The role that the API logs in as; a request's role is one that it may become. */
export const apiLogin = "authenticator";

/** The role that is there to pass every policy: its key never leaves the server. */
export const serverRole = "service_role";

/** The roles that a request can act as, without the server's own. */
export function requestRoles({ roles }: Reachable): readonly string[] {
  const acting =
    roles
      .get(apiLogin)
      ?.memberships.filter(({ sets }) => sets)
      .map(({ role }) => role) ?? [];
  const isOrdinary = (name: string) => name !== serverRole && !isPlatformRole(name);
  return acting.filter(isOrdinary).sort();
}

/** A role that the platform makes for itself. */
function isPlatformRole(name: string): boolean {
  return (
    name.startsWith("pg_") || name.startsWith("supabase_") || ["dashboard_user", "pgbouncer", "postgres"].includes(name)
  );
}

/** What the platform itself makes of a new project: nothing that anybody has to declare. */
export function isUsualMembership(role: string, { role: held }: Membership, requested: readonly string[]): boolean {
  return role === apiLogin && (requested.includes(held) || held === serverRole);
}

/**
 * Default privileges that every project has. What the platform's superuser makes is the platform's. Of what `postgres` makes, since May 2026
 * only what comes after reading and writing is granted; older projects grant everything, which is for somebody to decide.
 * @see https://supabase.com/docs/guides/api/securing-your-api
 */
export function isUsualDefault({ owner, schema, objects }: DefaultPrivilege, privilege: string): boolean {
  if (owner !== "postgres") return isPlatformRole(owner) || (schema !== undefined && isMadeByPlatform(schema));
  if (schema !== undefined && isMadeByPlatform(schema)) return true;
  if (objects === "tables") return ["truncate", "references", "trigger", "maintain"].includes(privilege);
  return objects === "sequences" && privilege === "update";
}

/** Tables of the platform's that everybody may read by design: they hold nothing of a person's but what somebody listens to. */
export function isOpenByDesign(table: string): boolean {
  return table === "realtime.subscription";
}

/**
 * The roles that requests act as, with their own grants alone. What an attribute or a membership adds is told once, of the role, and
 * would otherwise be told of every object.
 */
export function withoutAttributes(reachable: Reachable, requested: readonly string[]): Reachable {
  const roles = new Map(reachable.roles);
  for (const name of requested) {
    const role = roles.get(name);
    if (role !== undefined)
      roles.set(name, { ...role, isSuperuser: false, bypassesRowSecurity: false, memberships: [] });
  }
  return { ...reachable, roles };
}

/** Publications by which the platform carries channels' messages. */
export function isPlatformPublication(name: string): boolean {
  return name.startsWith("supabase_realtime_messages_publication");
}
