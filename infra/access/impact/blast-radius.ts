import { splitSignature } from "../../sql/signature.ts";
import { listWords } from "../../values/list-words.ts";
import { bucketConditionOf } from "../reach/bucket-conditions.ts";
import { everyFile } from "../reach/fact.ts";
import type { DesiredSchema } from "../recursion/desired-schema.ts";
import { nameRole } from "../roles.ts";

/** What a change to a function affects: the policies that call it, and through them tables and buckets. */
export interface BlastRadius {
  /** As `public.tasks/tasks_select`. */
  readonly policies: readonly string[];
  /** Those that call it only through other functions. */
  readonly indirect: readonly string[];
  readonly tables: readonly string[];
  /** The buckets that policies on files name. A policy that names none counts for the table storage.objects. */
  readonly buckets: readonly string[];
  readonly roles: readonly string[];
}

/** The policies that call a function directly or through other functions. Await `loadParser` first. */
export function blastRadiusOf(desired: DesiredSchema, signature: string): BlastRadius {
  const isMentioned = desired.mentions(splitSignature(signature).name, ...desired.implicitNamesOf(signature));
  const callers = callersOf(desired, signature, isMentioned);
  const found = { policies: new Set<string>(), indirect: new Set<string>(), tables: new Set<string>() };
  const buckets = new Set<string>();
  const roles = new Set<string>();
  for (const table of desired.guardedTables) {
    for (const [name, policy] of Object.entries(desired.table(table)?.policies ?? {})) {
      const conditions = [policy.using, policy.withCheck].filter((sql) => sql !== undefined && isMentioned(sql));
      const uses = conditions
        .map((sql) => useIn(desired, sql as string, signature, callers))
        .filter((use) => use !== undefined);
      if (uses.length === 0) continue;
      found.policies.add(`${table}/${name}`);
      if (!uses.includes("direct")) found.indirect.add(`${table}/${name}`);
      for (const role of policy.roles) roles.add(role);
      const named = table === everyFile.id ? bucketsOf([policy.using, policy.withCheck]) : [];
      if (named.length === 0) found.tables.add(table);
      for (const bucket of named) buckets.add(bucket);
    }
  }
  const { policies, indirect, tables } = found;
  return {
    ...{ policies: [...policies].sort(), indirect: [...indirect].sort(), tables: [...tables].sort() },
    ...{ buckets: [...buckets].sort(), roles: [...roles].sort() },
  };
}

/** `is used by 31 policies on 9 tables and 2 buckets, for authenticated`. Undefined: no policy uses it. */
export function describeBlastRadius({ policies, indirect, tables, buckets, roles }: BlastRadius): string | undefined {
  if (policies.length === 0) return undefined;
  const places = [
    ...(tables.length === 0 ? [] : [count(tables.length, "table")]),
    ...(buckets.length === 0 ? [] : [count(buckets.length, "bucket")]),
  ];
  const through =
    indirect.length === 0
      ? ""
      : ` (${indirect.length === policies.length ? "all" : indirect.length} through other functions)`;
  const whom = listWords(roles.map(nameRole));
  const by = policies.length === 1 ? "1 policy" : `${policies.length} policies`;
  return `is used by ${by} on ${listWords(places)}${through}, for ${whom}`;
}

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? "" : "s"}`;
}

function bucketsOf(conditions: readonly (string | undefined)[]): readonly string[] {
  return conditions.flatMap((sql) => (sql === undefined ? [] : (bucketConditionOf(sql)?.buckets ?? [])));
}

/** The functions that call another one, directly or through others. */
function callersOf(desired: DesiredSchema, wanted: string, isMentioned: (sql: string) => boolean): ReadonlySet<string> {
  const called = desired.functionSignatures.flatMap((signature) => {
    const found = desired.functionOf(signature);
    if (found === undefined || !isMentioned(found.definition)) return [];
    const { calls, implicit } = desired.names(found);
    const within = (use: { readonly path?: readonly string[] }) => use.path ?? found.text.searchPath;
    const functions = [
      ...calls.flatMap((use) => desired.functions(use, within(use))),
      ...implicit.flatMap((use) => desired.implicitFunctions(use, within(use))),
    ];
    return functions.map((each) => [each.signature, signature] as const);
  });
  const leading = new Set([wanted]);
  for (const callee of leading) for (const [each, caller] of called) if (each === callee) leading.add(caller);
  leading.delete(wanted);
  return leading;
}

/** Whether a condition calls the function directly, or through one of its callers. */
function useIn(
  desired: DesiredSchema,
  condition: string,
  wanted: string,
  callers: ReadonlySet<string>,
): "direct" | "indirect" | undefined {
  const { functions, implicit } = desired.condition(condition);
  const called = [
    ...functions.flatMap((use) => desired.functions(use, undefined)),
    ...implicit.flatMap((use) => desired.implicitFunctions(use, undefined)),
  ].map(({ signature }) => signature);
  if (called.includes(wanted)) return "direct";
  return called.some((signature) => callers.has(signature)) ? "indirect" : undefined;
}
