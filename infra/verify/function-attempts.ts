import type { ReachableFunction } from "../access/reach/reachable.ts";
import { runQueries } from "../catalog/read.ts";
import type { Session } from "../database/database.ts";
import { isCalledIn } from "../sql/named-in.ts";
import { quoteLiteral } from "../sql/quote.ts";
import { repeatWhileSizeChanges } from "../values/repeat.ts";
import { type Actor, tenantNames } from "./actors.ts";
import type { Attempt } from "./attempt.ts";
import { type Argument, argumentsFor, callOf } from "./function-arguments.ts";
import type { Marks } from "./marks.ts";
import type { NotTried } from "./report.ts";
import type { ReachableRights } from "./rights.ts";
import type { TestData } from "./test-data.ts";

/** A function that the API can call, with its parameters. */
export interface CalledFunction {
  readonly signature: string;
  readonly schema: string;
  readonly name: string;
  readonly arguments: readonly Argument[];
  /** How many of the last parameters have a default. */
  readonly defaults: number;
  readonly isProcedure: boolean;
  /** Whether the last parameter is variadic. */
  readonly isVariadic: boolean;
  /** Whether it is strict: it does not run if an argument is null. */
  readonly isStrict: boolean;
  /** Its body, followed by those of the functions that it calls. */
  readonly source: string;
}

/** Whether a function reveals or changes anything of a tenant when it is called with that tenant's keys. */
export function functionAttempts(
  called: CalledFunction,
  person: Actor,
  { testData, marks }: { readonly testData: TestData; readonly marks: Marks },
): readonly Attempt[] {
  if (called.isProcedure) return [];
  const asker = testData.askerOf(person);
  return tenantNames.flatMap((tenant) =>
    argumentsFor(called, tenant, testData).map((given): Attempt => {
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
          ...testData.watchOf(called.signature, person),
          sql: `select 1 from (select f::text as told from ${call} as f) as answer where ${marks.condition("told", tenant, said)}`,
        },
        shown: `select * from ${call}`,
      };
    }),
  );
}

/** The API can't call procedures. */
export function untriedProcedures(called: readonly CalledFunction[]): readonly NotTried[] {
  const reason = "it is a procedure, which may end the transaction; the API calls functions alone";
  return called.flatMap(({ isProcedure, signature }) => (isProcedure ? [{ object: signature, reason, count: 1 }] : []));
}

/** The functions and procedures in the API's schemas that the API's roles may execute. */
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
      'defaults', p.pronargdefaults, 'isStrict', p.proisstrict, 'source', coalesce(pg_catalog.pg_get_function_sqlbody(p.oid), p.prosrc),
      'arguments', coalesce((select json_agg(json_build_object('type', pg_catalog.format_type(given.type, null), 'kind', t.typtype, 'category', t.typcategory, 'of', nullif(t.typelem, 0)::pg_catalog.regtype,
          'labels', array(select e.enumlabel from pg_catalog.pg_enum e where e.enumtypid in (t.oid, t.typelem) order by e.enumsortorder),
          'name', (select names.name from unnest(p.proargnames, coalesce(p.proargmodes, array_fill('i'::"char", array[p.pronargs::int]))) with ordinality as names(name, mode, position)
            where names.mode in ('i', 'b', 'v') order by names.position offset given.position - 1 limit 1)) order by given.position)
        from unnest(p.proargtypes) with ordinality as given(type, position) join pg_catalog.pg_type t on t.oid = given.type), '[]')) order by n.nspname, p.proname), '[]') as rows
    from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
    where p.prokind in ('f', 'p') and n.nspname in (${exposedSchemas.map(quoteLiteral).join(", ")})`,
  ]);
  const found = rows as unknown as Omit<CalledFunction, "signature">[];
  return reached.flatMap(({ schema, name, signature }) => {
    const parameters = signature.slice(signature.indexOf("(") + 1, -1);
    const same = found.filter((each) => each.schema === schema && each.name === name);
    const match =
      same.length === 1
        ? same[0]
        : same.find((each) => each.arguments.map(({ type }) => type).join(", ") === parameters);
    return match === undefined
      ? []
      : [{ ...match, signature, source: withCalled(match.source, [...functions.values()]) }];
  });
}

/** A body, followed by those of the functions that it calls directly or indirectly. */
function withCalled(source: string, functions: readonly ReachableFunction[]): string {
  const called = new Set<ReachableFunction>();
  let whole = source;
  repeatWhileSizeChanges(called, () => {
    for (const one of functions) {
      if (one.isExtension || called.has(one) || !isCalledIn(whole, one.name)) continue;
      called.add(one);
      whole += `\n${one.source}`;
    }
  });
  return whole;
}
