import { functionIdentity } from "../../catalog/functions.ts";
import type { Grants } from "../../desired/grants.ts";
import { formatQualified } from "../../sql/quote.ts";
import { readPrintedType } from "../../sql/signature.ts";
import type { DesiredSchema } from "../recursion/desired-schema.ts";
import type { Need } from "./rights-question.ts";

/**
 * A privilege that a role lacks: EXECUTE on a function, USAGE on a schema, or SELECT on a table or some of its columns.
 */
export type Missing = { readonly by: string | undefined; readonly object: string } & (
  | { readonly kind: "function" }
  | { readonly kind: "schema" }
  | {
      readonly kind: "relation";
      readonly isView: boolean;
      /** The columns that it may not read. Empty: it may not read any column. */
      readonly columns: readonly string[];
    }
);

/**
 * Which of these needs a role is not granted once everything is deployed.
 * @param own the policy's own table, whose rows the condition is evaluated on
 */
export function missingRights(
  desired: DesiredSchema,
  role: string,
  needs: readonly Need[],
  own: string,
): readonly Missing[] {
  if (desired.isSuperuser(role)) return [];
  const functions = needs.flatMap((need): Missing[] => {
    if (need.kind !== "function") return [];
    const object = signatureOf(need);
    const declared = desired.declaredExecutors(object);
    const holders = declared === undefined ? need.execute : [...declared.execute, declared.owner];
    return holds(desired, role, holders) ? [] : [{ kind: "function", by: need.by, object }];
  });
  const relations = new Map<string, { by: string | undefined; object: string; columns: string[] }>();
  for (const need of needs) {
    if (need.kind !== "relation") continue;
    const object = formatQualified(need);
    // From its own table, a condition reads only the row that it is evaluated on.
    if (object === own && need.by === undefined) continue;
    const key = JSON.stringify([need.by, object]);
    const known = relations.get(key) ?? { by: need.by, object, columns: [] };
    relations.set(key, known);
    if (need.column !== undefined) known.columns.push(need.column);
  }
  return [
    ...functions,
    ...closedSchemas(desired, role, needs),
    ...[...relations.values()].flatMap((read) => unreadable(desired, role, read)),
  ];
}

/**
 * The schemas without USAGE for the role that a function's string body names. PostgreSQL looks up a qualified name when
 * the function runs, with the rights of the role that runs it. The names in the condition itself were resolved when the
 * policy was created.
 * @see https://www.postgresql.org/docs/current/ddl-priv.html (USAGE)
 */
function closedSchemas(desired: DesiredSchema, role: string, needs: readonly Need[]): readonly Missing[] {
  const run = new Set(needs.flatMap((need) => (need.kind === "function" ? [signatureOf(need)] : [])));
  return [...run].flatMap((by) =>
    schemasNamedIn(desired, by).flatMap((name): Missing[] => {
      const found = desired.schema(name);
      if (found === undefined) return [];
      const users = Object.keys(found.grants).filter((grantee) =>
        (found.grants[grantee] ?? []).some((privilege) => privilege.startsWith("usage")),
      );
      const holders = [found.owner, ...users, "pg_read_all_data", "pg_write_all_data"];
      return holds(desired, role, holders) ? [] : [{ kind: "schema", by, object: name }];
    }),
  );
}

/** The schemas that a function needs its caller to have USAGE on. */
export function schemasNamedIn(desired: DesiredSchema, signature: string): readonly string[] {
  const found = desired.functionOf(signature);
  if (found === undefined || found.text.isSecurityDefiner) return [];
  return desired.names(found).schemas;
}

function signatureOf(need: Extract<Need, { kind: "function" }>): string {
  return functionIdentity({ ...need, argumentTypes: need.argumentTypes.map(readPrintedType) });
}

function unreadable(
  desired: DesiredSchema,
  role: string,
  { by, object, columns }: { by: string | undefined; object: string; columns: readonly string[] },
): readonly Missing[] {
  const found = desired.grants(object);
  if (found === undefined || holds(desired, role, [found.owner, "pg_read_all_data"])) return [];
  const readable = columnsHeld(desired, role, found.grants);
  const wanted = columns.filter((column) => !readable.has(column));
  if (readable.has(true) || (readable.size > 0 && wanted.length === 0)) return [];
  return [
    {
      kind: "relation",
      isView: desired.view(object) !== undefined,
      by,
      object,
      columns: readable.size === 0 ? [] : wanted,
    },
  ];
}

/** The columns that a role may read; `true` means all. */
function columnsHeld(desired: DesiredSchema, role: string, grants: Grants): ReadonlySet<true | string> {
  const found = new Set<true | string>();
  for (const [grantee, privileges] of Object.entries(grants)) {
    if (!holds(desired, role, [grantee])) continue;
    for (const columns of [privileges.select, privileges["select with grant option"]]) {
      if (columns === true) found.add(true);
      else for (const column of columns ?? []) found.add(column);
    }
  }
  return found;
}

/** Whether the role is one of these or has the rights of one; `public` is everybody. */
export function holds(desired: DesiredSchema, role: string, holders: readonly string[]): boolean {
  return holders.some((holder) => holder === "public" || (role !== "public" && desired.hasRightsOf(role, holder)));
}
