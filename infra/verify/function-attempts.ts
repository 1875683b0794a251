import { runQueries } from "../catalog/read.ts";
import type { Session } from "../database/database.ts";
import { quoteLiteral, quoteQualified } from "../sql/quote.ts";
import type { Attempt } from "./attempt.ts";
import { type CastMember, tenantNames } from "./cast.ts";
import type { Marks } from "./marks.ts";
import type { ReachableRights } from "./rights.ts";
import { literal } from "./row-sql.ts";
import type { OwnRow, World } from "./world.ts";

/** A function that the API calls, with what it takes. */
export interface CalledFunction {
  readonly signature: string;
  readonly schema: string;
  readonly name: string;
  readonly argumentTypes: readonly string[];
  readonly argumentNames: readonly string[];
  readonly isProcedure: boolean;
  /** Whether the last argument takes the elements of an array. */
  readonly isVariadic: boolean;
}

/** At most so many calls of one function by one person for one tenant: with the tenant's key, and the keys of its rows. */
const mostCalls = 12;

/** Whether a function tells, or changes, something of a tenant's when it is called with that tenant's keys. */
export function functionAttempts(
  called: CalledFunction,
  person: CastMember,
  { world, marks }: { readonly world: World; readonly marks: Marks },
): readonly Attempt[] {
  const asker = world.askerOf(person);
  return tenantNames.flatMap((tenant) =>
    argumentsFor(called, tenant, world).map((given): Attempt => {
      const said = given.filter((value) => value !== null);
      const call = callOf(called, given);
      return {
        ...{
          person,
          object: called.signature,
          command: "execute",
          row: { table: called.signature, tenant, values: {} },
        },
        rules: { may: {}, stays: true },
        statement: {
          ...asker,
          ...world.watchOf(called.signature, person),
          watchesAlways: true,
          sql: `select 1 from (select f::text as told from ${call} as f) as answer where ${marks.condition("told", tenant, said)}`,
        },
        shown: `select * from ${call}`,
      };
    }),
  );
}

function callOf({ argumentTypes, isVariadic, ...name }: CalledFunction, given: readonly (string | null)[]): string {
  const values = given.map((value, index) => {
    const word = isVariadic && index === given.length - 1 ? "variadic " : "";
    return `${word}${literal(value)}::${argumentTypes[index]}`;
  });
  return `${quoteQualified(name)}(${values.join(", ")})`;
}

/** The same tenant's key, or key of a row, for each argument that could be one. */
function argumentsFor({ argumentTypes }: CalledFunction, tenant: string, world: World): readonly (string | null)[][] {
  const isKey = (type: string) => /^(?:uuid|text|character varying|bigint|integer)$/.test(type);
  if (!argumentTypes.some(isKey)) return [argumentTypes.map(() => null)];
  const rows = world.plan.tables.flatMap(({ id }) =>
    world
      .rowsOf(id)
      .filter((row) => row.tenant === tenant)
      .slice(0, 1),
  );
  const keys = [world.tenantId(tenant), ...rows.map(firstKey)].filter((key) => key !== undefined);
  const fitting = (type: string) => keys.filter((key) => fits(type, key));
  const [first = ""] = argumentTypes.filter(isKey);
  const own = world.tenantId(tenant);
  return [...new Set(fitting(first))].slice(0, mostCalls).map((key) =>
    argumentTypes.map((type, index) => {
      if (!isKey(type)) return null;
      if (index === argumentTypes.indexOf(first)) return key;
      return own !== undefined && fits(type, own) ? own : (fitting(type)[0] ?? null);
    }),
  );
}

function firstKey({ key }: OwnRow): string | undefined {
  return Object.values(key)[0] ?? undefined;
}

function fits(type: string, value: string): boolean {
  if (type === "uuid") return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value);
  return type === "bigint" || type === "integer" ? /^\d{1,9}$/.test(value) : true;
}

/** The functions that the API serves to somebody. */
export async function readCalledFunctions(
  session: Session,
  rights: ReachableRights,
  roles: readonly string[],
): Promise<readonly CalledFunction[]> {
  const { functions, exposedSchemas } = rights.reachable;
  const reached = [...functions.values()].filter(
    (each) =>
      exposedSchemas.includes(each.schema) &&
      !each.isExtension &&
      each.returns !== "trigger" &&
      each.returns !== "event_trigger" &&
      roles.some((role) => rights.of(role).enters(each.schema) && rights.of(role).holds(each, "execute") !== undefined),
  );
  if (reached.length === 0) return [];
  const [rows = []] = await runQueries(session, [
    `select coalesce(json_agg(json_build_object('schema', n.nspname, 'name', p.proname, 'isProcedure', p.prokind = 'p', 'isVariadic', p.provariadic <> 0,
      'argumentTypes', array(select pg_catalog.format_type(given.type, null) from unnest(p.proargtypes) with ordinality as given(type, position) order by given.position),
      'argumentNames', coalesce(p.proargnames, '{}')) order by n.nspname, p.proname), '[]') as rows
    from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
    where p.prokind in ('f', 'p') and n.nspname in (${exposedSchemas.map(quoteLiteral).join(", ")})`,
  ]);
  const found = rows as unknown as Omit<CalledFunction, "signature">[];
  return reached.flatMap(({ schema, name, signature }) => {
    const parameters = signature.slice(signature.indexOf("(") + 1, -1);
    const same = found.filter((each) => each.schema === schema && each.name === name);
    const match = same.length === 1 ? same[0] : same.find((each) => each.argumentTypes.join(", ") === parameters);
    return match === undefined || match.isProcedure ? [] : [{ ...match, signature }];
  });
}
