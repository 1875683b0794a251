import { closeFunction } from "./close.ts";
import type { Finding } from "./finding.ts";
import type { Reachable, ReachableFunction } from "./reachable.ts";
import type { Rights } from "./rights.ts";

/** Texts that every version of these platform functions contains. Policies call them. */
const platformSources: ReadonlyMap<string, string> = new Map([
  ...["auth.uid()", "auth.role()", "auth.email()", "auth.jwt()"].map((id) => [id, "request.jwt"] as const),
  ["storage.foldername(text)", "'/'"],
  ["realtime.topic()", "realtime.topic"],
]);

/** A platform function that somebody has replaced. The policies that call it no longer mean what they say. */
export function findReplacedFunction({ signature, source, owner }: ReachableFunction): Finding | undefined {
  const expected = platformSources.get(signature);
  if (expected === undefined || source.includes(expected)) return undefined;
  return {
    owner,
    roles: ["public"],
    object: { kind: "function", id: signature },
    severity: "bypass",
    text: `may be let through by every policy that calls ${signature}: somebody has replaced it, and it no longer looks at ${expected === "'/'" ? "the file's path" : expected}`,
    remedy: [],
    advice: "bring the platform's definition back, as a new project has it",
  };
}

/**
 * What a role can do by calling a function that no resource declares. SECURITY INVOKER functions are left out because
 * they give nobody more rights, and trigger functions because they can't be called.
 */
export function findFunction(called: ReachableFunction, rights: Rights, reachable: Reachable): Finding | undefined {
  if (!called.isSecurityDefiner || called.returns === "trigger" || called.returns === "event_trigger") return undefined;
  if (!rights.enters(called.schema) || rights.holds(called, "execute") === undefined) return undefined;
  const isExposed = reachable.exposedSchemas.includes(called.schema);
  const owner = reachable.roles.get(called.owner);
  const powers = owner?.isSuperuser
    ? ", a superuser"
    : owner?.bypassesRowSecurity
      ? ", who bypasses row-level security"
      : "";
  const where = isExposed ? "" : ` (not over the API itself, which does not serve the schema ${called.schema})`;
  return {
    schema: called.schema,
    owner: called.owner,
    roles: [rights.role],
    object: { kind: "function", id: called.signature },
    severity: isExposed ? "acts for others" : "little",
    text: `may call ${called.signature}, which runs with the rights of ${called.owner}${powers}${where}. No resource declares it`,
    remedy: closeFunction(called, rights.role),
  };
}
