import { closeFunction } from "./close.ts";
import type { Finding } from "./finding.ts";
import type { Reachable, ReachableFunction } from "./reachable.ts";
import type { Rights } from "./rights.ts";

/** What the platform's functions that policies call read, in every version of them. */
const platformSources: ReadonlyMap<string, string> = new Map([
  ...["auth.uid()", "auth.role()", "auth.email()", "auth.jwt()"].map((id) => [id, "request.jwt"] as const),
  ["storage.foldername(text)", "'/'"],
  ["realtime.topic()", "realtime.topic"],
]);

/** A function of the platform's that somebody has replaced by another one: what policies say by it no longer holds. */
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
 * What a role can do by calling a function that no resource declares. A function with its caller's rights lets nobody do more than they may
 * anyway, and a trigger function can't be called.
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
