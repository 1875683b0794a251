import type { Reachable } from "../access/reach/reachable.ts";
import { runQueries } from "../catalog/read.ts";
import { formattedName, isUserSchema } from "../catalog/rows.ts";
import type { Session } from "../database/database.ts";
import { isCalledIn } from "../sql/named-in.ts";
import { isMadeByPlatform } from "../sql/platform-schemas.ts";
import { formatQualified, parseQualified } from "../sql/quote.ts";
import { listWords } from "../values/list-words.ts";
import { escapePattern } from "../values/pattern.ts";
import { repeatWhileSizeChanges } from "../values/repeat.ts";
import type { RewriteRule } from "./rewrite-rules.ts";
import type { SchemaFacts } from "./rows/schema-facts.ts";

/** A trigger and its function. */
export interface LiveTrigger {
  /** `public.tasks` */
  readonly table: string;
  readonly name: string;
  /** `schema.name`, unquoted. */
  readonly function: string;
  readonly events: readonly ("insert" | "update" | "delete")[];
  /** Whether it may act even if the server counts no row: FOR EACH STATEMENT, or INSTEAD OF. */
  readonly actsWithoutRows: boolean;
}

/**
 * A SQL text that runs as part of an attempt: a policy's condition, a default, a body that the catalog stores parsed.
 */
export interface RunText {
  /** `the policy tasks_select of public.tasks`; for a function's body, its name: `schema.name` */
  readonly what: string;
  readonly text: string;
  readonly isBody?: true;
  /** For a view: `public.totals`. */
  readonly view?: string;
}

/** Policy conditions, column defaults, check constraints and rules, and the texts in `parsed`. */
export function textsIn(
  { relations }: Reachable,
  { tables }: SchemaFacts,
  rewrites: readonly RewriteRule[],
): readonly RunText[] {
  const policies = [...relations].flatMap(([id, relation]) =>
    relation.policies.map(({ name, using = "", withCheck = "" }) => ({
      what: `the policy ${name} of ${id}`,
      text: `${using} ${withCheck}`,
    })),
  );
  const own = tables.filter(({ schema }) => !isMadeByPlatform(schema));
  const expressions = own.flatMap((table) => [
    ...table.columns.map((column) => ({
      what: `the default of ${formatQualified(table)}.${column.name}`,
      text: column.default ?? "",
    })),
    ...table.checks.map(({ name, expression }) => ({
      what: `the constraint ${name} of ${formatQualified(table)}`,
      text: expression,
    })),
  ]);
  const rules = rewrites.map(({ name, table, definition }) => ({
    what: `the rule ${name} of ${table}`,
    text: definition,
  }));
  return [...policies, ...expressions, ...rules];
}

/**
 * The definitions of views, and the bodies of functions in standard SQL (`begin atomic`, `return`), which the catalog
 * does not store as text. A function in an untrusted language is included as well: it may do anything.
 */
export async function readParsedTexts(session: Session): Promise<readonly RunText[]> {
  const [views = [], parsed = [], untrusted = []] = await runQueries(session, [
    `select coalesce(json_agg(json_build_object('what', 'the view ' || names.id, 'view', names.id, 'text', pg_catalog.pg_get_viewdef(c.oid))), '[]') as rows
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      cross join lateral (select ${formattedName("n.nspname", "c.relname")}) as names(id)
    where c.relkind in ('v', 'm') and ${isUserSchema} and not exists (select from pg_catalog.pg_depend e where e.objid = c.oid and e.deptype = 'e')`,
    `select coalesce(json_agg(json_build_object('what', n.nspname || '.' || p.proname, 'text', pg_catalog.pg_get_function_sqlbody(p.oid), 'isBody', true)), '[]') as rows
    from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace where p.prosqlbody is not null and ${isUserSchema}`,
    `select coalesce(json_agg(json_build_object('what', n.nspname || '.' || p.proname, 'text', 'the untrusted language ' || l.lanname, 'isBody', true)), '[]') as rows
    from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace join pg_catalog.pg_language l on l.oid = p.prolang
    where not l.lanpltrusted and l.lanname not in ('internal', 'c') and ${isUserSchema}`,
  ]);
  return [...views, ...parsed, ...untrusted] as unknown as readonly RunText[];
}

/** The platform's tables in which test rows are made. */
const lent: readonly string[] = ["auth.users", "storage.objects", "realtime.messages"];

/**
 * The triggers that fire in an ordinary session. Those of foreign keys, which PostgreSQL creates itself, are left out.
 */
export async function readTriggers(session: Session): Promise<readonly LiveTrigger[]> {
  const [rows = []] = await runQueries(session, [
    `select coalesce(json_agg(json_build_object('table', ${formattedName("n.nspname", "c.relname")}, 'name', t.tgname,
      'events', array(select e.event from (values (4, 'insert'), (8, 'delete'), (16, 'update')) as e(bit, event) where t.tgtype & e.bit <> 0),
      'function', fn.nspname || '.' || p.proname, 'actsWithoutRows', t.tgtype & 1 = 0 or t.tgtype & 66 <> 0) order by n.nspname, c.relname, t.tgname), '[]') as rows
    from pg_catalog.pg_trigger t join pg_catalog.pg_class c on c.oid = t.tgrelid join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      join pg_catalog.pg_proc p on p.oid = t.tgfoid join pg_catalog.pg_namespace fn on fn.oid = p.pronamespace
    where not t.tgisinternal and t.tgenabled in ('O', 'A') and ${isUserSchema}`,
  ]);
  const triggers = rows as unknown as readonly LiveTrigger[];
  return triggers.filter(({ table }) => lent.includes(table) || !isMadeByPlatform(parseQualified(table).schema));
}

/** Calls with effects that a rollback does not undo, or that another process may react to at once. */
const externalCalls =
  /\b(?:net\.http_\w+|http_(?:get|post|put|patch|delete|head)\s*\(|(?:extensions\.)?http\s*\(|dblink\w*\s*\(|cron\.\w+|aws_\w+\.\w+|lo_export\s*\(|pg_file_write\s*\(|pg_(?:terminate|cancel)_backend\s*\(|pg_logical_emit_message\s*\(|pg_\w*replication_(?:slot|origin)\w*\s*\(|pg_(?:reload_conf|rotate_logfile|switch_wal|create_restore_point|stat_reset\w*)\s*\(|pg_(?:try_)?advisory_lock(?:_shared)?\s*\(|setval\s*\(|supabase_functions\.http_request)|\bthe untrusted language \w+|\bcopy\b[^;:]*\b(?:(?:to|from)\s+program\b|to\s*')/i;

/**
 * The triggers and functions that have effects outside the database, directly or through a function that they name.
 * @returns one sentence for each
 */
export function findExternalEffects(
  reachable: Reachable,
  triggers: readonly LiveTrigger[],
  tried: ReadonlySet<string>,
  texts: readonly RunText[],
): readonly string[] {
  const foreign = foreignTables(reachable);
  const reachedBy = (text: string) => {
    const found = foreign.find(({ isNamed }) => isNamed(text));
    return externalCalls.exec(text.replaceAll('"', ""))?.[0].trim() ?? found?.what;
  };
  const bodies = new Map<string, string[]>();
  for (const { schema, name, source, isExtension } of reachable.functions.values()) {
    if (!isExtension) bodies.set(`${schema}.${name}`, [...(bodies.get(`${schema}.${name}`) ?? []), source]);
  }
  for (const { what, text, isBody } of texts) if (isBody) bodies.set(what, [...(bodies.get(what) ?? []), text]);
  const reaches = new Map<string, string>();
  for (const [name, sources] of bodies) {
    const [found] = sources.flatMap((source) => reachedBy(source) ?? []);
    if (found !== undefined) reaches.set(name, found);
  }
  repeatWhileSizeChanges(reaches, () => {
    for (const [name, sources] of bodies) {
      if (reaches.has(name)) continue;
      const through = [...reaches.keys()].find((other) => sources.some((source) => calls(source, other)));
      if (through !== undefined) reaches.set(name, through);
    }
  });
  const ofTriggers = triggers.flatMap(({ table, name, function: called }) => {
    const by = reachedBy(called) ?? reaches.get(called);
    return by === undefined ? [] : [`the trigger ${name} on ${table} runs ${listWords([...new Set([called, by])])}`];
  });
  const ofFunctions = [...reaches].flatMap(([name, by]) =>
    tried.has(name) ? [`the function ${name} uses ${by}`] : [],
  );
  const ofTexts = texts.flatMap(({ what, text, isBody }) => {
    const by = reachedBy(text) ?? [...reaches.keys()].find((name) => calls(text, name));
    return isBody || by === undefined ? [] : [`${what} uses ${by}`];
  });
  const ofTables = foreign.flatMap(({ id, what }) =>
    ["r", "p"].includes(reachable.relations.get(id)?.kind ?? "") ? [`the table ${id} has rows in ${what}`] : [],
  );
  return [...ofTriggers, ...ofFunctions, ...ofTexts, ...ofTables];
}

interface Foreign {
  /** `public.charges` */
  readonly id: string;
  readonly what: string;
  readonly isNamed: (text: string) => boolean;
}

/** Foreign tables, tables with a foreign partition or child, and views that read one of these. */
function foreignTables({ relations }: Reachable): readonly Foreign[] {
  const found = new Map<string, string>();
  for (const [id, { kind }] of relations) if (kind === "f") found.set(id, `the foreign table ${id}`);
  repeatWhileSizeChanges(found, () => {
    for (const [id, { kind, reads, parents }] of relations) {
      const what = found.get(id);
      if (what !== undefined)
        for (const parent of parents.map(formatQualified)) if (!found.has(parent)) found.set(parent, what);
      const isView = kind === "v" || kind === "m";
      const read = isView ? reads.map(formatQualified).find((each) => found.has(each)) : undefined;
      if (read !== undefined && what === undefined) found.set(id, found.get(read) ?? "");
    }
  });
  return [...found].flatMap(([id, what]) => {
    const relation = relations.get(id);
    if (relation === undefined) return [];
    // An unqualified name is ambiguous if another relation has the same name.
    const { schema, name } = relation;
    const isShared = [...relations.values()].some((other) => other.name === name && other.schema !== schema);
    const qualified = `${escapePattern(schema)}"?\\s*\\.\\s*"?`;
    const start = isShared ? qualified : `(?<!\\.\\s*"?)(?:${qualified})?`;
    const pattern = new RegExp(`(?<![\\w$])${start}${escapePattern(name)}(?![\\w$])`, "i");
    return [{ id, what, isNamed: (text: string) => pattern.test(text) }];
  });
}

/** Whether a body calls a function, such as `public.notify`. */
function calls(source: string, qualified: string): boolean {
  return isCalledIn(source, qualified.slice(qualified.indexOf(".") + 1));
}
