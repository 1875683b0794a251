import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { loadParser } from "../../infra/sql/parser.ts";
import { matchingText } from "../../infra/verify/rows/matching-text.ts";
import { planRows } from "../../infra/verify/rows/plan-rows.ts";
import type { PlannedValue, RowPlan } from "../../infra/verify/rows/planned-row.ts";
import { randomFrom } from "../../infra/verify/rows/random.ts";
import type { ColumnFacts, ForeignKeyFacts, SchemaFacts, TableFacts } from "../../infra/verify/rows/schema-facts.ts";

const int4 = 23;
const text = 25;

describe("planned rows", () => {
  beforeAll(async () => {
    await loadParser();
  });

  it("have values that meet any combination of conditions that can be met", () => {
    fc.assert(
      fc.property(condition(3), (expression) => {
        const isMet = (values: readonly (number | null)[]) => evaluate(expression, values);
        const possible = [...Array(10).keys()].flatMap((a) =>
          [...Array(10).keys()].flatMap((b) => [...Array(10).keys()].map((c) => [a, b, c])),
        );
        fc.pre(possible.some(isMet));
        const columns = ["a", "b", "c"].map((name) => column(name, int4, true));
        const [row] = plan([
          table("t", columns, { checks: [{ name: "t_check", expression: written(expression) }] }),
        ]).rows;
        const attempts = (row?.attempts ?? []).map((values) => ["a", "b", "c"].map((name) => Number(values.get(name))));
        expect(attempts.some(isMet), `${written(expression)}: ${JSON.stringify(attempts)}`).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  it.each([
    [`status = ANY (ARRAY['draft'::text, 'live'::text])`, /^(draft|live)$/],
    [`status ~ '^[A-Z]{2}-\\d{4}$'::text AND length(status) = 7`, /^[A-Z]{2}-\d{4}$/],
    [`status !~ 'a' AND char_length(btrim(status)) >= 30`, /^[^a]{30,}$/],
    [`status ~~ 'https://%'::text AND status ~~* '%.ORG'::text AND status <> 'https://.org'`, /^https:\/\/.*\.org$/i],
    [`starts_with(status, 'org/'::text) AND POSITION(('/'::text) IN (status)) > 1`, /^org\//],
    [`status = upper(status) AND status <> ''`, /^[^a-z]+$/],
    [`CASE WHEN (status = 'x'::text) THEN false ELSE (status >= 'w'::text AND status < 'z') END`, /^[wy]|^x./],
    [`(status IS NULL) OR (status = 'only')`, /^only$/],
  ])("have a text for %s", (expression, expected) => {
    const [row] = plan([table("t", [column("status", text, true)], { checks: [{ name: "c", expression }] })]).rows;
    expect(row?.attempts.map((values) => values.get("status"))).toContainEqual(expect.stringMatching(expected));
  });

  it("come after the rows that they point to, all of their own tenant, in whatever way tables point to each other", () => {
    fc.assert(
      fc.property(pointingTables(), (tables) => {
        const made = plan(tables);
        const place = new Map(made.order.map((number, index) => [number, index]));
        expect([...place.keys()].sort()).toEqual(made.rows.map(({ number }) => number).sort());
        for (const row of made.rows) {
          for (const number of pointedTo(row.attempts.flatMap((values) => [...values.values()]))) {
            expect(made.rows[number]?.tenant).toBe(row.tenant);
            expect(place.get(number)).toBeLessThan(place.get(row.number) ?? -1);
          }
          for (const number of pointedTo([...row.later.values()])) expect(made.rows[number]?.tenant).toBe(row.tenant);
        }
      }),
      { numRuns: 100 },
    );
  });

  it("are not without end where each row has a row of its own, in a circle", () => {
    const link = (name: string, to: string): ForeignKeyFacts => ({
      ...{ name, columns: [name], to: { schema: "public", name: to }, toColumns: ["id"], isDeferrable: true },
    });
    const facts = (name: string, ...to: readonly string[]) =>
      table(name, [column("id", int4, true), ...to.map((each) => column(each, int4, true))], {
        keys: [{ ...key("id"), isPrimary: true }, ...to.map((each) => key(each))],
        foreignKeys: to.map((each) => link(each, each)),
      });
    const { rows } = plan([facts("a", "b", "c"), facts("b", "a", "c"), facts("c", "a")]);
    expect(rows.length).toBeLessThan(100);
  });

  it("are the same for the same seed, and others for another", () => {
    const tables = [table("t", [column("a", text, true)], { keys: [key("a")] })];
    expect(valuesOf(plan(tables))).toEqual(valuesOf(plan(tables)));
    expect(valuesOf(plan(tables, 2))).not.toEqual(valuesOf(plan(tables)));
  });
});

describe("a text for a regular expression", () => {
  it.each([
    "^[a-z0-9._%+-]+@[a-z0-9.-]+\\.[a-z]{2,}$",
    "^\\+?[1-9]\\d{1,14}$",
    "^(?:a|bc)*d?$",
    "^[^\\s@]{3,5}\\.(jpg|png)$",
    "^#([0-9a-f]{3}){1,2}$",
    "^\\d{4}-(0[1-9]|1[0-2])-\\w{2}$",
    "^[]a-]+[^]]$",
    "a{2}(b(c|d){2,3})+",
  ])("is matched by %s", (pattern) => {
    const texts = [...Array(200).keys()].map((seed) => matchingText(pattern, randomFrom(seed)) ?? "");
    const written = new RegExp(pattern.replace("[]a-]", "[\\]a-]").replace("[^]]", "[^\\]]"), "u");
    expect(texts.filter((one) => !written.test(one))).toEqual([]);
    expect(new Set(texts).size).toBeGreaterThan(2);
  });

  it("is none where the expression can't be read", () => {
    expect(matchingText("a)b", randomFrom(1))).toBeUndefined();
  });
});

function plan(tables: readonly TableFacts[], seed = 1): RowPlan {
  const base = { schema: "pg_catalog", kind: "b", modifier: -1, notNull: false, checks: [], labels: [], fields: [] };
  const types: SchemaFacts["types"] = new Map([
    [int4, { ...base, oid: int4, name: "int4", category: "N" }],
    [text, { ...base, oid: text, name: "text", category: "S" }],
  ]);
  return planRows({ tables, types }, { tenants: ["A", "B"], seed });
}

function table(name: string, columns: readonly ColumnFacts[], more: Partial<TableFacts> = {}): TableFacts {
  return {
    ...{ schema: "public", name, kind: "r", canInsert: true, isExtension: false, columns },
    ...{ checks: [], keys: [], exclusions: [], foreignKeys: [], triggers: [], partitions: [], parents: [], ...more },
  };
}

function column(name: string, type: number, notNull: boolean): ColumnFacts {
  return { name, type, typeText: type === int4 ? "integer" : "text", modifier: -1, notNull, isGenerated: false };
}

function key(...columns: string[]) {
  return { name: `${columns.join("_")}_key`, isPrimary: false, columns, isPartial: false, isDeferrable: false };
}

function valuesOf({ rows }: RowPlan): unknown {
  return rows.map(({ attempts }) => attempts.map((values) => [...values]));
}

function pointedTo(values: readonly PlannedValue[]): readonly number[] {
  return values.flatMap((value) => (value !== null && typeof value === "object" && "row" in value ? [value.row] : []));
}

type Condition =
  | { readonly is: "group"; readonly joined: "and" | "or"; readonly parts: readonly Condition[] }
  | { readonly is: "not"; readonly part: Condition }
  | { readonly is: "compare"; readonly column: number; readonly operator: Operator; readonly value: number }
  | { readonly is: "in"; readonly column: number; readonly values: readonly number[] };

type Operator = "=" | "<>" | "<" | "<=" | ">" | ">=";

const operators: Readonly<Record<Operator, (left: number, right: number) => boolean>> = {
  "=": (left, right) => left === right,
  "<>": (left, right) => left !== right,
  "<": (left, right) => left < right,
  "<=": (left, right) => left <= right,
  ">": (left, right) => left > right,
  ">=": (left, right) => left >= right,
};

function condition(depth: number): fc.Arbitrary<Condition> {
  const compare = fc
    .tuple(fc.nat(2), fc.constantFrom(...(Object.keys(operators) as Operator[])), fc.nat(9))
    .map(([column, operator, value]): Condition => ({ is: "compare", column, operator, value }));
  const isIn = fc
    .tuple(fc.nat(2), fc.array(fc.nat(9), { minLength: 1, maxLength: 4 }))
    .map(([column, values]): Condition => ({ is: "in", column, values }));
  if (depth === 0) return fc.oneof(compare, isIn);
  const part = condition(depth - 1);
  const several = fc
    .tuple(fc.constantFrom("and" as const, "or" as const), fc.array(part, { minLength: 1, maxLength: 3 }))
    .map(([joined, parts]): Condition => ({ is: "group", joined, parts }));
  return fc.oneof(
    compare,
    isIn,
    several,
    part.map((one): Condition => ({ is: "not", part: one })),
  );
}

function written(one: Condition): string {
  if (one.is === "group") return `(${one.parts.map(written).join(` ${one.joined} `)})`;
  if (one.is === "not") return `(NOT ${written(one.part)})`;
  const name = "abc"[one.column];
  return one.is === "compare"
    ? `(${name} ${one.operator} ${one.value})`
    : `(${name} = ANY (ARRAY[${one.values.join(", ")}]))`;
}

function evaluate(one: Condition, values: readonly (number | null)[]): boolean {
  if (one.is === "group") {
    const isMet = (part: Condition) => evaluate(part, values);
    return one.joined === "and" ? one.parts.every(isMet) : one.parts.some(isMet);
  }
  if (one.is === "not") return !evaluate(one.part, values);
  const value = values[one.column] ?? 0;
  return one.is === "compare" ? operators[one.operator](value, one.value) : one.values.includes(value);
}

/** Up to six tables, whose columns point to others, to later ones and to themselves. A circle has a key that may be null or is deferrable. */
function pointingTables(): fc.Arbitrary<readonly TableFacts[]> {
  const link = fc.record({ to: fc.nat(5), notNull: fc.boolean(), isDeferrable: fc.boolean(), isUnique: fc.boolean() });
  return fc.array(fc.array(link, { maxLength: 3 }), { minLength: 1, maxLength: 6 }).map((tables) =>
    tables.map((links, index) => {
      const columns: ColumnFacts[] = [column("id", int4, true)];
      const keys = [{ ...key("id"), isPrimary: true }];
      const foreignKeys: ForeignKeyFacts[] = [];
      for (const [at, { to, notNull, isDeferrable, isUnique }] of links.entries()) {
        const target = to % tables.length;
        const name = `link${at}`;
        columns.push(column(name, int4, notNull && (target < index || isDeferrable)));
        if (isUnique) keys.push(key(name));
        foreignKeys.push({
          name,
          columns: [name],
          to: { schema: "public", name: `t${target}` },
          toColumns: ["id"],
          isDeferrable,
        });
      }
      return table(`t${index}`, columns, { keys, foreignKeys });
    }),
  );
}
