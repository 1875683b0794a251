import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import type { Effect } from "../../infra/access/effects/effect.ts";
import { readEffects } from "../../infra/access/effects/read-effects.ts";
import type { Declaration } from "../../infra/desired/declarations.ts";
import { kindNamed } from "../../infra/kinds/registry.ts";
import { contradictionsOf } from "../../infra/migrations/pending/contradictions.ts";
import { loadParser } from "../../infra/sql/parser.ts";

const judge = (effects: readonly Effect[], declaration: Declaration) =>
  contradictionsOf(effects, declaration, { kindNamed });

beforeAll(loadParser);

describe("what a migration does to a publication", () => {
  const declared = {
    name: "sent",
    owner: "postgres",
    tables: { "public.tasks": { columns: ["id", "title"], where: "(not archived)" }, "public.notes": {} },
    publish: ["insert", "update"],
    viaPartitionRoot: true,
  };
  const said = (script: string) =>
    judge(readEffects("1_x", script, "postgres"), {
      urn: "sent",
      kind: "Publication",
      id: "sent",
      inputs: declared,
    }).map(({ action, declared: how }) => `${action}: ${how}`);

  it.each([
    "alter publication sent add table public.tasks (title, id) where (NOT archived)",
    "alter publication sent set table tasks (id, title) where ((not archived)), notes",
    "alter publication sent set (publish = 'update,  INSERT')",
    "alter publication sent set (publish = 'delete'); alter publication sent set (publish = 'insert, update')",
    "alter publication sent set (publish_via_partition_root)",
    "alter publication sent set (publish_via_partition_root = 1)",
    "drop publication sent; create publication sent for table public.notes, public.tasks (id, title) where (not archived) with (publish = 'insert, update', publish_via_partition_root = on)",
  ])("is not mentioned where it says what is declared: %s", (script) => {
    expect(said(script)).toEqual([]);
  });

  it.each([
    ["alter publication sent add table public.tasks (id, title)", "adds public.tasks"],
    ["alter publication sent add table public.tasks (id, title) where (true)", "adds public.tasks"],
    ["alter publication sent add table public.tasks (id) where (not archived)", "adds public.tasks"],
    ["alter publication sent add table public.notes where (id = 1)", "adds public.notes"],
    ["alter publication sent set (publish = insert)", "changes the settings"],
    [
      "alter publication sent set (publish = 'insert, update', publish_via_partition_root = off)",
      "changes the settings",
    ],
    ["create publication sent for table public.notes with (publish_via_partition_root)", "chooses the settings"],
  ])("is named where it says otherwise: %s", (script, action) => {
    expect(said(script)).toContainEqual(expect.stringContaining(action));
  });

  it("counts by the last word on each setting, however the words are divided among statements", () => {
    const setting = fc.record({
      publish: fc.option(fc.subarray(["insert", "update", "delete", "truncate"]), { nil: undefined }),
      viaPartitionRoot: fc.option(fc.boolean(), { nil: undefined }),
    });
    fc.assert(
      fc.property(fc.array(setting, { maxLength: 4 }), (settings) => {
        const script = settings.flatMap(({ publish, viaPartitionRoot }) => {
          const options = [
            ...(publish === undefined ? [] : [`publish = '${publish.toReversed().join(", ")}'`]),
            ...(viaPartitionRoot === undefined ? [] : [`publish_via_partition_root = ${viaPartitionRoot}`]),
          ];
          return options.length === 0 ? [] : [`alter publication sent set (${options.join(", ")})`];
        });
        const publish = settings.findLast((each) => each.publish !== undefined)?.publish ?? declared.publish;
        const root = settings.findLast((each) => each.viaPartitionRoot !== undefined)?.viaPartitionRoot ?? true;
        const isSame = root && [...publish].sort().join() === "insert,update";
        expect(said(["select 1", ...script].join("; ")).length).toBe(isSame ? 0 : 1);
      }),
    );
  });
});

describe("what a migration does to a schema", () => {
  const said = (script: string) =>
    judge(readEffects("1_x", script, "postgres"), {
      urn: "private",
      kind: "Schema",
      id: "private",
      inputs: { name: "private", owner: "postgres", grants: {} },
    }).map(({ action, declared, remedy }) => `${action}, which it ${declared}: the update ${remedy}`);

  it.each([
    ["alter schema private rename to b; alter schema b rename to private", []],
    ["alter schema other rename to b", []],
    ["drop schema private", ["drops the schema private, which it declares: the update makes it again"]],
    [
      "alter schema private rename to b; alter schema b rename to c",
      [
        "renames the schema private to c, which it declares: the update makes another one of that name, and what was in it stays in c",
      ],
    ],
    [
      "alter schema private rename to b; create schema private",
      [
        "renames the schema private to b, which it declares: the update brings the new one to its declaration, and what was in it stays in b",
      ],
    ],
    [
      "alter schema private rename to b; drop schema b cascade",
      ["renames the schema private to b and drops it, which it declares: the update makes it again"],
    ],
  ])("is told as it is: %s", (script, expected) => {
    expect(said(script)).toEqual(expected);
  });
});
