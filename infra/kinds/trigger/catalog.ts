import type { CatalogPart } from "../../catalog/part.ts";
import { isWanted, keyed, withoutNulls } from "../../catalog/rows.ts";
import type { Row } from "../../database/database.ts";
import { formatQualified, type QualifiedName } from "../../sql/quote.ts";
import { readTokens } from "../../sql/tokens.ts";

export interface TriggerRow {
  readonly table: QualifiedName;
  readonly name: string;
  readonly timing: "before" | "after" | "instead of";
  readonly events: readonly string[];
  readonly updateOf: readonly string[];
  readonly forEach: "row" | "statement";
  /** As the server prints it. */
  readonly when?: string;
  readonly function: QualifiedName;
  readonly arguments: readonly string[];
  readonly enabled: "origin" | "replica" | "always" | "disabled";
  readonly constraint: boolean;
  readonly deferrable: "not deferrable" | "initially immediate" | "initially deferred";
  readonly oldTable?: string;
  readonly newTable?: string;
}

/**
 * Triggers by `schema.table/name`, without those that PostgreSQL creates itself: for foreign keys, and for partitions
 * of a table with a trigger.
 * @see https://www.postgresql.org/docs/current/catalog-pg-trigger.html
 */
export const triggers: CatalogPart<ReadonlyMap<string, TriggerRow>, QualifiedName> = {
  name: "triggers",
  query: (wanted) => `
  select coalesce(json_agg(json_build_object('table', json_build_object('schema', n.nspname, 'name', c.relname), 'name', t.tgname,
    'timing', case when t.tgtype & 2 > 0 then 'before' when t.tgtype & 64 > 0 then 'instead of' else 'after' end,
    'events', array_remove(array[case when t.tgtype & 4 > 0 then 'insert' end, case when t.tgtype & 16 > 0 then 'update' end,
      case when t.tgtype & 8 > 0 then 'delete' end, case when t.tgtype & 32 > 0 then 'truncate' end], null),
    'updateOf', array(select a.attname from pg_catalog.pg_attribute a where a.attrelid = t.tgrelid and a.attnum = any (t.tgattr::int2[])),
    'forEach', case when t.tgtype & 1 > 0 then 'row' else 'statement' end,
    'definition', case when t.tgqual is not null then pg_catalog.pg_get_triggerdef(t.oid) end,
    'function', json_build_object('schema', fn.nspname, 'name', f.proname), 'arguments', encode(t.tgargs, 'hex'),
    'enabled', case t.tgenabled when 'O' then 'origin' when 'R' then 'replica' when 'A' then 'always' else 'disabled' end,
    'constraint', t.tgconstraint <> 0, 'deferrable', case when t.tginitdeferred then 'initially deferred' when t.tgdeferrable then 'initially immediate' else 'not deferrable' end,
    'oldTable', t.tgoldtable, 'newTable', t.tgnewtable)), '[]') as rows
  from pg_catalog.pg_trigger t join pg_catalog.pg_class c on c.oid = t.tgrelid join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    join pg_catalog.pg_proc f on f.oid = t.tgfoid join pg_catalog.pg_namespace fn on fn.oid = f.pronamespace
  where not t.tgisinternal and t.tgparentid = 0 and ${isWanted(wanted, "c.relname")}`,
  read: (rows = []) => keyed(rows.map(readTrigger), ({ table, name }) => `${formatQualified(table)}/${name}`),
};

function readTrigger({ definition, ...row }: Row): TriggerRow {
  const found = withoutNulls<TriggerRow>(row);
  const given = Buffer.from(String(row.arguments), "hex").toString("utf8");
  return {
    ...found,
    updateOf: [...found.updateOf].sort(),
    // Each argument ends with a NUL.
    arguments: given.split("\0").slice(0, -1),
    ...(typeof definition === "string" ? { when: conditionIn(definition) } : {}),
  };
}

/** The text in the parentheses after WHEN, a reserved word that can't be an unquoted name. */
function conditionIn(definition: string): string {
  const tokens = readTokens(definition);
  const start = tokens.findIndex(({ kind, value }) => kind === "word" && value === "when") + 1;
  let depth = 0;
  const end = tokens.findIndex(({ value, kind }, index) => {
    if (index < start || kind !== "symbol") return false;
    depth += value === "(" ? 1 : value === ")" ? -1 : 0;
    return depth === 0;
  });
  const [first, last] = [tokens[start], tokens[end]];
  if (first === undefined || last === undefined)
    throw new Error(`the server prints a trigger in an unexpected form: ${definition}`);
  return definition.slice(first.end, last.start);
}
