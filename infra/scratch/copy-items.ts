import type { Client } from "pg";
import { isMadeByPlatform } from "../sql/platform-schemas.ts";
import { quoteLiteral } from "../sql/quote.ts";
import { type Item, identityOf, settled } from "./item.ts";
import { type Needs, needsOf, orderItems } from "./order-items.ts";
import { type DatabaseItems, readItems } from "./read-items.ts";

/** Something in the live database that the scratch database lacks, or has in another form. */
export interface NotCopied {
  /** `policy mine on public.tasks` */
  readonly object: string;
  readonly reason: string;
}

/** Creates in a new platform database what the live one has in addition. @param client a superuser's session */
export async function copyItems(live: DatabaseItems, client: Client): Promise<readonly NotCopied[]> {
  await client.query(withoutDefaultPrivileges);
  const before = await readScratch(client);
  const there = new Map(before.items.map((item) => [identityOf(item), item]));
  const needs = needsOf(live);
  const statements = new Map(
    live.items.flatMap((item) => {
      const statement = statementFor(item, there.get(identityOf(item)));
      return statement === undefined ? [] : [[item, statement] as const];
    }),
  );
  const refusals = await runAll(client, orderItems([...statements.keys()], needs), { statements, needs });
  const others = live.items.filter(
    (item) => item.kind === "other" && !isPlatforms(item) && !there.has(identityOf(item)),
  );
  const reasons = new Map([...others.map((item) => [item, cantBe] as const), ...refusals]);
  const after = await readScratch(client);
  const copies = new Map(after.items.map((item) => [identityOf(item), item]));
  // Another major version may print the same object differently.
  const canCompare = after.server.major === live.server.major;
  for (const item of statements.keys()) {
    const copy = copies.get(identityOf(item));
    const isCopied = copy !== undefined && (!canCompare || textOf(copy) === textOf(item));
    if (!isCopied && !reasons.has(item)) reasons.set(item, different(item, copy));
  }
  return [...reasons].flatMap(([item, reason]) => {
    const cause = needs.get(item.key)?.find((needed) => reasons.has(needed));
    // Missing grants on something that does not exist need not be reported.
    if (cause !== undefined && isGrants(item)) return [];
    return { object: describe(item), reason: cause === undefined ? reason : `it needs the ${describe(cause)}` };
  });
}

function describe(item: Item): string {
  return item.kind === "other" ? item.name : identityOf(item);
}

const cantBe = "objects of this kind can't be copied";

/**
 * Only differences in privileges are described: a definition may contain a key, like a webhook trigger's, and a setting
 * a password.
 */
function different(item: Item, copy: Item | undefined): string {
  if (copy === undefined) return "it was not there afterwards";
  return isGrants(item) ? `it is \`${textOf(item)}\`, and the copy \`${textOf(copy)}\`` : "it came out different";
}

/**
 * The platform's default privileges for itself are removed, so that new objects are granted to nobody until they have
 * the live database's grants.
 */
const withoutDefaultPrivileges = ["pg_depend", "pg_shdepend"]
  .map((catalog) => `delete from ${catalog} where classid = 'pg_default_acl'::regclass`)
  .concat("delete from pg_default_acl")
  .join(";");

async function readScratch(client: Client): Promise<DatabaseItems> {
  await client.query("begin");
  try {
    const run = async (script: string) => {
      const answer = (await client.query(script)) as unknown as { rows: never[] } | { rows: never[] }[];
      return (Array.isArray(answer) ? answer : [answer]).map(({ rows }) => rows);
    };
    return await readItems(run, { withRecords: true });
  } finally {
    await client.query("rollback");
  }
}

/** Undefined: there is nothing to do. */
function statementFor(item: Item, there: Item | undefined): string | undefined {
  const { create, settle, revoke, grants } = item;
  if (there === undefined && isPlatforms(item)) return undefined;
  if (there !== undefined && (!settled.has(item.kind) || textOf(there) === textOf(item))) return undefined;
  if (isGrants(item)) {
    const grantees = new Set([...(there?.grantees ?? []), ...(item.grantees ?? [])]);
    return [`${revoke}${[...grantees].join(", ")}`, ...(grants ?? [])].join("; ");
  }
  const parts = [there === undefined ? create : undefined, settle].filter(
    (part) => part !== null && part !== undefined,
  );
  return parts.length === 0 ? undefined : parts.join("; ");
}

function isGrants({ grants }: Item): boolean {
  return grants !== null && grants !== undefined;
}

function textOf({ create, settle, grants }: Item): string {
  return [create, settle, ...(grants ?? [])].filter((part) => part !== null && part !== undefined).join("; ");
}

/**
 * Whether the platform created it. The project's objects can depend on the platform's only by name, so one that a new
 * local database lacks is not needed.
 */
function isPlatforms({ schema, owner }: Item): boolean {
  return typeof schema === "string" && isMadeByPlatform(schema) && typeof owner === "string" && isPlatformRole(owner);
}

function isPlatformRole(role: string): boolean {
  return role.startsWith("supabase_") || role === "pgbouncer" || role === "dashboard_user";
}

/** The number of objects in a transaction, since each object is locked until its end. */
const batch = 200;

/**
 * Runs all items. Those that fail are retried after the rest, because some need objects that no dependency records.
 * @returns the error of each failed item
 */
async function runAll(
  client: Client,
  ordered: readonly Item[],
  { statements, needs }: { readonly statements: ReadonlyMap<Item, string>; readonly needs: Needs },
): Promise<ReadonlyMap<Item, string>> {
  let refusals: Map<Item, string> | undefined;
  let left = ordered;
  do {
    const found = new Map<Item, string>();
    for (let start = 0; start < left.length; start += batch) {
      const items = left.slice(start, start + batch);
      const refused = await runBatch(
        client,
        items.map((item) => statements.get(item) ?? ""),
      );
      for (const [index, message] of Object.entries(refused)) {
        const item = items[Number(index)];
        if (item !== undefined) found.set(item, message);
      }
    }
    const hasHelped = refusals === undefined || found.size < refusals.size;
    refusals = found;
    // Revoking a table's privileges also revokes those on its columns, which have to be granted again.
    const isAgain = (item: Item) =>
      found.has(item) || (isGrants(item) && needs.get(item.key)?.some((each) => found.has(each)));
    left = hasHelped && found.size > 0 ? ordered.filter(isAgain) : [];
  } while (left.length > 0);
  return refusals;
}

/**
 * The SQLSTATEs whose messages name objects and types. Other messages may quote values: `invalid value for parameter
 * "x": "…"`, or a part of a text.
 */
const toldWhole = "sqlstate ~ '^(0A|2B|3F|42|58)' and sqlstate <> '42601'";

async function runBatch(client: Client, statements: readonly string[]): Promise<Readonly<Record<string, string>>> {
  const body = `
declare
  statements jsonb := ${quoteLiteral(JSON.stringify(statements))};
  refused jsonb := '{}';
begin
  for position in 0 .. jsonb_array_length(statements) - 1 loop
    begin
      execute statements ->> position;
    exception when others then
      refused := refused || jsonb_build_object(position::text,
        case when ${toldWhole} then sqlerrm else 'the server refuses it (SQLSTATE ' || sqlstate || ')' end);
    end;
  end loop;
  perform set_config('palisade.refused', refused::text, false);
end`;
  const script = `set search_path = ''; set check_function_bodies = off; set client_min_messages = error; set statement_timeout = 0; do ${quoteLiteral(body)}`;
  await client.query(script);
  const { rows } = await client.query<{ refused: string }>("select current_setting('palisade.refused') as refused");
  return JSON.parse(rows[0]?.refused ?? "{}") as Readonly<Record<string, string>>;
}
