import { expect, it } from "vitest";
import { DesiredSchema } from "../../infra/access/recursion/desired-schema.ts";
import { DeclaredAccess } from "../../infra/desired/declared-access.ts";

type LiveSchema = ConstructorParameters<typeof DesiredSchema>[0];

const definitions = {
  "private.is_member(text)": "create function private.is_member(text) returns boolean language sql as 'select true'",
  "private.outer()": "create function private.outer() returns boolean language sql as 'select PRIVATE.IS_MEMBER(1)'",
};

it.each([
  ["is_member", "private.is_member(id)", true],
  ["is_member", "PRIVATE.IS_MEMBER(id)", true],
  ["is_member", "private.Outer()", true],
  ["is_member", "private.another()", false],
  ['a"b', 'private."a""b"(id)', true],
])("a function %s is found in %s, however it is written: %s", (name, text, isMentioned) => {
  const functions = Object.entries(definitions).map(
    ([signature, definition]) => [signature, { owner: "postgres", definition }] as const,
  );
  const liveSchema = { catalog: { tables: new Map(), functions: new Map(functions) } } as unknown as LiveSchema;
  expect(new DesiredSchema(liveSchema, new DeclaredAccess()).mentions(name)(text)).toBe(isMentioned);
});
