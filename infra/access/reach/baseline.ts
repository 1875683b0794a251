import { isMadeByPlatform } from "../../sql/platform-schemas.ts";
import type { IsDeclared } from "./finding.ts";
import type { DefaultPrivilege, Membership, Reachable } from "./reachable.ts";

/** The role that the API logs in as. It switches to a request's role. */
export const apiLogin = "authenticator";

/** The role that is meant to bypass all policies: its key never leaves the server. */
export const serverRole = "service_role";

/** The roles that a request can act as, except the server's own. */
export function requestRoles({ roles }: Reachable): readonly string[] {
  const acting =
    roles
      .get(apiLogin)
      ?.memberships.filter(({ sets }) => sets)
      .map(({ role }) => role) ?? [];
  const isOrdinary = (name: string) => name !== serverRole && !isPlatformRole(name);
  return acting.filter(isOrdinary).sort();
}

/** A role that the platform creates for its own use. */
export function isPlatformRole(name: string): boolean {
  return (
    name.startsWith("pg_") || name.startsWith("supabase_") || ["dashboard_user", "pgbouncer", "postgres"].includes(name)
  );
}

/** Memberships that the platform sets up in a new project, which nobody has to declare. */
export function isUsualMembership(role: string, { role: held }: Membership, requested: readonly string[]): boolean {
  return role === apiLogin && (requested.includes(held) || held === serverRole);
}

/**
 * Default privileges that every project has. Objects that the platform's superuser creates are the platform's. For objects that `postgres`
 * creates, projects since May 2026 grant only what neither reads nor writes single rows; older projects grant everything, which should be reviewed.
 * @see https://supabase.com/docs/guides/api/securing-your-api
 */
export function isUsualDefault({ owner, schema, objects }: DefaultPrivilege, privilege: string): boolean {
  if (owner !== "postgres") return isPlatformRole(owner) || (schema !== undefined && isMadeByPlatform(schema));
  if (schema !== undefined && isMadeByPlatform(schema)) return true;
  if (objects === "tables") return ["truncate", "references", "trigger", "maintain"].includes(privilege);
  return objects === "sequences" && privilege === "update";
}

/**
 * The platform's tables that everybody may read by design: they only contain the subscriptions of Realtime's clients.
 */
export function isOpenByDesign(table: string): boolean {
  return table === "realtime.subscription";
}

/** A function of the platform's own. Projects may have functions in some of the platform's schemas. */
export function isPlatformFunction({ schema, owner }: { readonly schema: string; readonly owner: string }): boolean {
  return isMadeByPlatform(schema) && owner !== "postgres" && isPlatformRole(owner);
}

/**
 * The roles that requests act as, without attributes and undeclared memberships. Those are reported once for the role;
 * otherwise they would be reported for every object.
 */
export function withoutAttributes(
  reachable: Reachable,
  requested: readonly string[],
  isDeclared: IsDeclared,
): Reachable {
  const roles = new Map(reachable.roles);
  for (const name of requested) {
    const role = roles.get(name);
    if (role === undefined) continue;
    const memberships = role.memberships.filter(({ role: held }) =>
      isDeclared({ kind: "membership", id: `${name} in ${held}` }),
    );
    const inherits = [
      ...role.inherits.filter((held) => held === "pg_database_owner"),
      ...memberships.filter((membership) => membership.inherits).map((membership) => membership.role),
    ];
    roles.set(name, { ...role, isSuperuser: false, bypassesRowSecurity: false, memberships, inherits });
  }
  return { ...reachable, roles };
}

/** Publications that the platform uses for the messages of channels. */
export function isPlatformPublication(name: string): boolean {
  return name.startsWith("supabase_realtime_messages_publication");
}
