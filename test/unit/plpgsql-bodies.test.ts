import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { questionsOf } from "../../infra/sql/body/body-questions.ts";
import { readBody } from "../../infra/sql/body/read-body.ts";
import { triggerVariables, untyped, type Variable } from "../../infra/sql/body/scope.ts";
import { loadParser } from "../../infra/sql/parser.ts";
import { quoteIdentifier, quoteLiteral } from "../../infra/sql/quote.ts";
import { readTokens, UnreadableBody } from "../../infra/sql/tokens.ts";
import { hostileName, hostileText } from "../support/hostile.ts";

beforeAll(loadParser);

function ask(text: string, variables: readonly (readonly [string, Variable])[] = []) {
  return questionsOf(readBody(text, variables), "f");
}

function asked(text: string, variables: readonly (readonly [string, Variable])[] = []): string[] {
  return ask(text, variables).map(({ sql }) => sql.replace(/\s+/g, " ").trim());
}

describe("reading tokens", () => {
  it("takes any text between quotes for one", () => {
    fc.assert(
      fc.property(hostileText, hostileName, (text, name) => {
        const escaped = `e'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
        const dollars = `$palisade_${text.length}$${text}$palisade_${text.length}$`;
        for (const string of [quoteLiteral(text), escaped, dollars]) {
          expect(readTokens(`${string} /*${name.replace(/[*/]/g, "")}*/ ;`)).toEqual([
            { kind: "string", value: string, start: 0, end: string.length },
            expect.objectContaining({ value: ";" }),
          ]);
        }
        const quoted = quoteIdentifier(name);
        expect(readTokens(quoted)).toEqual([{ kind: "name", value: name, start: 0, end: quoted.length }]);
      }),
    );
  });

  it("goes through any text to its end or gives it up", () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        try {
          const tokens = readTokens(text);
          const ends = tokens.map(({ end }) => end);
          expect(tokens.every(({ start }, index) => start >= (ends[index - 1] ?? 0))).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(UnreadableBody);
        }
      }),
    );
  });

  it("cuts operators and numbers as PostgreSQL does", () => {
    const values = (text: string) => readTokens(text).map(({ value }) => value);
    expect(values("1..10")).toEqual(["1", "..", "10"]);
    expect(values("a=-1")).toEqual(["a", "=", "-", "1"]);
    expect(values("a->>'b'@-c")).toEqual(["a", "->>", "'b'", "@-", "c"]);
    expect(values("a:=b::int--c\n+.5e-3")).toEqual(["a", ":=", "b", "::", "int", "+", ".5e-3"]);
    expect(values("<<A>>")).toEqual(["<<", "a", ">>"]);
    expect(values("a*/*b*/c")).toEqual(["a", "*", "c"]);
  });
});

describe("the questions about a body", () => {
  it("keep names and texts as they are written, whatever they hold", () => {
    fc.assert(
      fc.property(hostileName, hostileText, (name, text) => {
        const [column, string] = [quoteIdentifier(name), quoteLiteral(text)];
        const body = `declare ${column} text := ${string} || ''; begin select ${column}, ${string} into strict ${column} from t.t; end`;
        const questions = ask(body);
        expect(questions.map(({ sql }) => sql)).toEqual([
          `select ${string} || ''`,
          `select ${column}, ${string}  from t.t`,
        ]);
        expect([...(questions[1]?.variables ?? [])]).toEqual([[name, { type: "text" }]]);
      }),
    );
  });

  it("leave out where a result goes, and locks", () => {
    expect(
      asked(`declare a int; r record; begin
        select 1, 2 into strict a, r.b from t.t where x = a for update of t, u skip locked;
        with q as (insert into t.t values (1) returning id) select id into r from q;
        perform 1 from (select 1 from t.t for no key update nowait) q;
        for a in select 1 from t.t for share loop null; end loop;
      end`),
    ).toEqual([
      "select 1, 2 from t.t where x = a",
      'with q as (insert into pg_temp.palisade_copy_0 as "t" values (1) returning id) select id from q',
      "select 1 from (select 1 from t.t ) q",
      "select 1 from t.t",
    ]);
  });

  it("put a null for the field of a record, and leave out what needs the whole of one", () => {
    const questions = ask(
      'begin update t.t set a = new.a, b = old."B" where c = tg_op; perform f.g(new); perform f.g(new.*); perform new.a.b; end',
      triggerVariables,
    );
    expect(questions.map(({ sql }) => sql)).toEqual([
      'update pg_temp.palisade_copy_0 as "t" set a = null, b = null where c = tg_op',
    ]);
    expect([...(questions[0]?.fields ?? [])]).toEqual(["a", "B"]);
    expect([...(questions[0]?.variables.keys() ?? [])]).toEqual(["tg_op"]);
  });

  it("see the innermost variable of a name", () => {
    const types = ask(
      "declare a int; begin perform a + 1; declare a text; b a%type; begin perform a || b; end; for a in 1..2 + 1 loop perform a + 2; end loop; perform a + 3; end",
    ).map(({ variables }) => [...variables.values()]);
    const [integer, text] = [{ type: "int" }, { type: "text" }];
    expect(types).toEqual([[integer], [text, text], [], [{ type: "integer" }], [integer]]);
  });

  it.each([
    ["makes a table", "begin create temp table x (id int); perform 1 from x; end"],
    ["changes a table in a text", "begin execute 'alter table t.t add x int'; perform x from t.t; end"],
    ["runs a text that is not known", "declare a text; begin execute a; perform x from t.t; end"],
    ["sets the search_path", "begin set local search_path = t; perform x from t; end"],
    ["prefers variables to columns", "#variable_conflict use_variable\nbegin perform x from t.t; end"],
    ["expects a column not to be there", "begin perform x from t.t; exception when undefined_column then null; end"],
    ["names tables that others may have made", "begin perform x from t; end"],
    ["names a column with its table and schema", "begin delete from t.t where t.t.x = 1; end"],
    ["names a block's variable", "<<b>> declare x int; begin perform b.x + 1; end"],
    ["numbers its parameters", "begin perform $1 + 1; end"],
  ])("are none where it %s", (_, body) => {
    expect(asked(body, [["r", untyped]])).toEqual([]);
  });

  it.each([
    "begin perform 1",
    "begin if a then null; end",
    "begin for a in b; end",
    "begin end; 1",
    "begin a := (1; end",
  ])("are given up where it is not understood: %s", (body) => {
    expect(() => ask(body)).toThrow(UnreadableBody);
  });
});
