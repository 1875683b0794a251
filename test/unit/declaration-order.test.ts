import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { accessTo, named } from "../../infra/program/database-resource.ts";
import { createdIn, mentionsIn, qualified, readDefinition } from "../../infra/program/mentions.ts";
import { type Described, findNeeds, type Made } from "../../infra/program/needs.ts";
import { chooseOrder, componentsOf, type Edge, type Strength } from "../../infra/program/order.ts";
import type { QualifiedName } from "../../infra/sql/quote.ts";

describe("the names in a text", () => {
  it.each<[string, string, string[]]>([
    ["a call", "a = private.f(b)", [qualified("private", "f")]],
    ["a call in other letters", "PRIVATE . F (b)", [qualified("private", "f")]],
    ["quoted names", `"My schema"."f""("(1)`, [qualified("My schema", 'f"(')]],
    ["an unqualified call", "f(1)", [qualified(undefined, "f")]],
    ["a call between dollar signs", "$body$ select private.f() $body$", [qualified("private", "f")]],
    ["a call in a string in a body", "$$ begin execute 'select private.f()'; end $$", [qualified("private", "f")]],
    ["a call beside comments", "private./* of */f -- here\n ()", [qualified("private", "f")]],
    ["nothing in a comment", "true -- private.f()\n /* private.f() */", []],
    [
      "a call in a text that can't be read with certainty",
      `U&"\\0061" = private.f() and 'open`,
      [qualified("private", "f")],
    ],
  ])("hold %s", (_, text, calls) => {
    expect([...mentionsIn(text).calls].filter((call) => call !== qualified(undefined, "of"))).toEqual(calls);
  });

  it("are told apart by what a function needs when it is made, and what when it runs", () => {
    const body = "as $$ select private.g() $$";
    expect(
      readDefinition(
        `create or replace function "Private".f(a text default private.h()) returns int language sql ${body}`,
      ),
    ).toEqual({
      schema: "Private",
      name: "f",
      needed: ['"Private".', `(a text default private.h()) returns int language sql ${body}`],
      later: [],
    });
    expect(readDefinition(`create procedure private.f() ${body} language 'PLPGSQL'`)).toEqual({
      schema: "private",
      name: "f",
      needed: ['"private".', "() as   language 'PLPGSQL'"],
      later: [" select private.g() "],
    });
    expect(readDefinition("select 1")).toBeUndefined();
  });

  it("are found in what a script creates", () => {
    const { schemas, functions } = createdIn(
      `create schema if not exists "A"; CREATE OR REPLACE FUNCTION b.c() returns int as 'create schema inner' language sql; create schema d`,
    );
    expect([...schemas]).toEqual(["A", "d"]);
    expect([...functions]).toEqual([qualified(undefined, "c"), qualified("b", "c")]);
  });
});

const node = fc.integer({ min: 0, max: 9 });
const strength = fc.constantFrom<Strength>("needed", "later", "likely");
/** What a program says itself never leads in a circle: each node comes after smaller ones. */
const told = fc
  .tuple(node, node)
  .filter(([from, to]) => from > to)
  .map(([from, to]): Edge<number> => ({ from, to, strength: "told" }));
const found = fc.record({ from: node, to: node, strength });
const edges = fc.array(fc.oneof(told, found), { maxLength: 40 });

describe("the order", () => {
  it("never has anything wait for itself, keeps what the program says, and all that lies on no circle", () => {
    fc.assert(
      fc.property(edges, (all) => {
        const chosen = chooseOrder(all, String);
        const kept = [...chosen].flatMap(([from, targets]) => [...targets].map((to) => ({ from, to })));
        const component = componentsOf(kept);
        expect(new Set(component.values()).size).toBe(component.size);
        const before = componentsOf(all);
        for (const { from, to, strength } of all) {
          const must = strength === "told" || before.get(from) !== before.get(to);
          if (must) expect(chosen.get(from)?.has(to)).toBe(true);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("gives up what is least sure first", () => {
    const circle: Edge<string>[] = [
      { from: "a", to: "b", strength: "likely" },
      { from: "b", to: "a", strength: "later" },
    ];
    expect(chooseOrder(circle, String)).toEqual(new Map([["b", new Set(["a"])]]));
  });

  it("is the same whichever edge comes first", () => {
    fc.assert(
      fc.property(
        edges.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))),
        ([all, shuffled]) => {
          expect(sorted(chooseOrder(shuffled, String))).toEqual(sorted(chooseOrder(all, String)));
        },
      ),
      { numRuns: 1000 },
    );
  });

  it("is found in a chain of many thousands", () => {
    const chain = Array.from(
      { length: 50_000 },
      (_, index): Edge<number> => ({ from: index + 1, to: index, strength: "needed" }),
    );
    expect(chooseOrder(chain, String).size).toBe(50_000);
  });
});

describe("what a resource comes after", () => {
  const table = (name: string) => ({ schema: "public", name });
  const objects = { schema: "storage", name: "objects" };
  const called = (schema: string, name: string): Made => ({
    identity: ["function", schema, name],
    named: { as: "function", schema, name, isOwn: true },
    afterMigrations: "likely",
  });
  const about = (on: QualifiedName, decides: "policy" | "policies", afterMigrations?: Strength): Made => ({
    identity: [decides, on.schema, on.name],
    ...{ table: on, decides, afterMigrations },
  });
  const resource = (
    key: string,
    makes: Made | undefined,
    needed: readonly string[] = [],
    later: readonly string[] = [],
    words: readonly string[] = [],
  ): Described => ({ key, makes, needed, later, words });
  const program = [
    resource("schema", named("schema", "helpers")),
    resource("migrations", {
      identity: ["migrations"],
      script:
        "create table public.t (id int default other.made()); create schema own; grant select on t to editor; create role maker; create extension if not exists inside; insert into storage.buckets (id, name) values ('filled', 'filled')",
    }),
    resource("editor", named("role", "editor"), [], [], ["editor", "reader"]),
    resource("reader", named("role", "reader"), [], [], ["reader"]),
    resource("maker", named("role", "maker"), [], [], ["maker"]),
    resource("granted", named("bucket", "granted"), [], [], ["granted", "editor", "anon"]),
    resource("filled", named("bucket", "filled"), [], [], ["filled"]),
    resource("inside", named("extension", "inside"), [], [], ["inside"]),
    resource("outside", named("extension", "outside"), [], [], ["outside"]),
    resource("own", named("schema", "own")),
    resource("other", named("schema", "other")),
    resource("made", called("other", "made"), ['"other".', "() select 1"]),
    resource("f", called("helpers", "f"), ['"helpers".', "()"], ["return helpers.g()"]),
    resource("g", called("helpers", "g"), ['"helpers".', "() select helpers.f()"]),
    resource("t", accessTo(table("t")), ["public.t", "helpers.g() and u is not null"]),
    resource("u", accessTo(table("u")), ["public.u", "exists (select from t)"]),
    resource("t_extra", about(table("t"), "policy", "needed"), ["public.t", "true"]),
    resource("files", named("bucket", "files")),
    resource("read files", about(objects, "policy", "likely"), ["storage.objects", "bucket_id = 'files'"]),
    resource("storage", about(objects, "policies"), ["storage.objects"]),
  ];
  const order = (resources: readonly Described[]) =>
    Object.fromEntries(
      sorted(chooseOrder(findNeeds(resources), ({ key }) => key)).map(([{ key }, to]) => [
        key,
        to.map((each) => each.key).sort(),
      ]),
    );
  const expected = {
    migrations: ["editor", "made", "other", "outside"],
    editor: ["reader"],
    granted: ["editor"],
    maker: ["migrations"],
    own: ["migrations"],
    filled: ["migrations"],
    inside: ["migrations"],
    made: ["other"],
    f: ["migrations", "schema"],
    g: ["f", "migrations", "schema"],
    t: ["g", "migrations", "schema", "u"],
    u: ["migrations"],
    t_extra: ["migrations", "t"],
    "read files": ["files", "migrations"],
    storage: ["read files"],
  };

  it("is whatever its texts name, or is likely to use", () => {
    const found = order(program);
    expect(found).toEqual(expected);
  });

  it("does not depend on where it stands", () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(program, { minLength: program.length }), (shuffled) => {
        expect(order(shuffled)).toEqual(order(program));
      }),
    );
  });
});

function sorted<Node>(chosen: ReadonlyMap<Node, ReadonlySet<Node>>): [Node, Node[]][] {
  const text = (value: unknown) => JSON.stringify(value);
  return [...chosen]
    .map(([from, to]): [Node, Node[]] => [from, [...to].sort((left, right) => (text(left) < text(right) ? -1 : 1))])
    .sort(([left], [right]) => (text(left) < text(right) ? -1 : 1));
}
