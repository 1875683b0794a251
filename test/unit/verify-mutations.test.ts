import { beforeAll, describe, expect, it } from "vitest";
import { loadParser, parseStatements } from "../../infra/sql/parser.ts";
import { conditionsIn } from "../../infra/verify/mutate/conditions.ts";
import { mutateText, type Vocabulary } from "../../infra/verify/mutate/text-mutations.ts";
import { type Form, ParsedText } from "../../infra/verify/mutate/tree.ts";

const vocabulary: Vocabulary = {
  columnsLike: (_, column) => (column === "organization_id" ? ["user_id"] : []),
  functionsLike: (_, name) => (name === "mine" ? ["private.administered"] : []),
  valuesLike: (value) => (value === "OWNER" ? ["ADMIN", "MEMBER"] : [`${value}x`]),
};

/** Conditions and statements as people write them, and as the server prints them. */
const texts: readonly (readonly [Form, string])[] = [
  ["expression", "true"],
  ["expression", "organization_id = any (array(select private.mine()))"],
  [
    "expression",
    "((organization_id = ANY (ARRAY( SELECT private.mine() AS mine))) AND ((role)::text <> 'OWNER'::text))",
  ],
  ["expression", "(user_id = (select auth.uid()) and not deleted) or role in ('OWNER', 'ADMIN') and size > 1"],
  ["expression", "bucket_id = 'é' and (storage.foldername(name))[1] = (select auth.uid())::text /* it's theirs */"],
  [
    "expression",
    "exists (select from members m join teams on teams.id = m.team_id where m.user_id = me() or m.role is null)",
  ],
  ["expression", "case when role = 'OWNER' then true else a between 1 and 2 and b is not distinct from c end"],
  ["expression", "coalesce(organization_id = 'a' or x like 'b%', false) is true"],
  [
    "statement",
    "select id from public.members where role = 'OWNER' and user_id in (select id from users where active) group by id having count(*) filter (where a) > 1",
  ],
  ["statement", "with recursive mine as (select 1 where not x union select 2 from mine where y) select from mine"],
  ["statement", "update a set b = 1 where c = 'OWNER' returning d = 2"],
];

const mutationsOf = (text: string, form: Form = "expression") =>
  mutateText(text, { form, isCondition: true, vocabulary, table: { schema: "public", name: "tasks" } });

beforeAll(loadParser);

describe("mutations of conditions and statements", () => {
  it.each(texts)("are SQL, each says something else, and no two are the same: %s %s", (form, text) => {
    const mutated = mutationsOf(text, form).map((each) => each.text);
    expect(mutated.length).toBeGreaterThan(0);
    expect(new Set([text, ...mutated]).size).toBe(mutated.length + 1);
    for (const each of mutated)
      expect(() => parseStatements(form === "expression" ? `select ${each}` : each)).not.toThrow();
  });

  it.each(texts)("are made of every condition: %s %s", (form, text) => {
    const parsed = new ParsedText(text, form);
    const spans = conditionsIn(parsed.tree, parsed.root).map(({ node }) => parsed.spanOf(node));
    expect(spans.length).toBeGreaterThan(0);
    for (const span of spans) {
      expect(span).toBeDefined();
      const replaced = parsed.replace(...(span ?? [0, 0]), "palisade_place");
      expect(() => new ParsedText(replaced, form)).not.toThrow();
    }
  });

  it("leave out each part, reverse it, take another column, function, value and position", () => {
    expect(
      mutationsOf("organization_id = any (array(select private.mine())) and role <> 'OWNER'").map(({ what }) => what),
    ).toEqual([
      expect.stringMatching(/^true for/),
      expect.stringMatching(/^false for/),
      expect.stringMatching(/^not "organization_id = .* and role <> 'OWNER'"$/),
      expect.stringMatching(/^without "organization_id = /),
      `not "organization_id = any (array(select private.mine()))"`,
      `without "role <> 'OWNER'"`,
      `not "role <> 'OWNER'"`,
      expect.stringMatching(/^user_id for organization_id/),
      "private.administered for private.mine",
      expect.stringMatching(/^'ADMIN' for 'OWNER'/),
      expect.stringMatching(/^'MEMBER' for 'OWNER'/),
    ]);
    expect(mutationsOf("role in ('OWNER', 'GUEST')").map(({ text }) => text)).toEqual(
      expect.arrayContaining(["role in ( 'GUEST')", "role in ('OWNER')", "role in ('OWNER', 'GUESTx')"]),
    );
    expect(mutationsOf("(storage.foldername(name))[1] = 'a'").map(({ text }) => text)).toContain(
      "(storage.foldername(name))[2] = 'a'",
    );
  });
});
