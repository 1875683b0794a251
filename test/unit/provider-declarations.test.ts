import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Declarations } from "../../infra/desired/declarations.ts";
import type { AccessDeclaration } from "../../infra/desired/declared-access.ts";
import { createTestFolder } from "../support/folder.ts";

const declaration = (name: string, kind = "TableAccess") => ({
  urn: `urn:${name}`,
  kind,
  id: `public.${name}`,
  inputs: { table: `public.${name}`, policies: {} },
});

describe("what a preview found declared", () => {
  it("is known to the update, which is another process, in the order of the declarations", () => {
    const file = join(createTestFolder(), "seen", "1.declared");
    const preview = new Declarations(file);
    preview.publish();
    preview.note(declaration("tasks"));
    preview.note(declaration("me", "Function"));
    preview.note(declaration("members"));
    preview.noteChange("urn:members");

    const update = new Declarations(file);
    expect(update.ofKind("TableAccess").map(({ id }) => id)).toEqual(["public.tasks", "public.members"]);
    expect(update.find("Function", "public.me")).toEqual(declaration("me", "Function"));
    expect(update.find("Function", "public.tasks")).toBeUndefined();
    expect(update.ofKind("TableAccess").map((found) => update.isChanging(found))).toEqual([false, true]);
  });

  it("is the last that was said of a resource, and no line that was cut off", () => {
    const file = join(createTestFolder(), "1.declared");
    const preview = new Declarations(file);
    preview.publish();
    preview.note(declaration("tasks"));
    preview.note({ ...declaration("tasks"), inputs: { table: "public.tasks", policies: { p: {} } } });
    appendFileSync(file, '{"urn":"urn:cut","kind":"TableAccess","id":"public.cut","inp');
    const [found, ...more] = new Declarations(file).ofKind("TableAccess");
    expect(more).toEqual([]);
    expect(found?.inputs).toEqual({ table: "public.tasks", policies: { p: {} } });
  });

  it("is nothing where nobody previewed", () => {
    expect(new Declarations(join(createTestFolder(), "none")).ofKind("TableAccess")).toEqual([]);
    expect(new Declarations().ofKind("TableAccess")).toEqual([]);
  });
});

describe("what the program declares about access", () => {
  const owner = "postgres";
  const table = { owner, rowSecurity: true, forceRowSecurity: false, policies: {}, grants: {} };
  const policy = { as: "permissive", command: "select", roles: ["public"], using: "true" } as const;
  // A kind of access that is not here does not compile.
  const accesses: { readonly [Kind in AccessDeclaration["kind"]]: AccessDeclaration & { readonly kind: Kind } } = {
    table: { kind: "table", name: "public.tasks", declared: table },
    view: { kind: "view", name: "public.tasks", declared: { owner, grants: {} } },
    policy: { kind: "policy", table: "public.tasks", name: "p", declared: policy },
    "policy list": { kind: "policy list", table: "public.tasks", names: ["p"] },
    function: { kind: "function", signature: "f()", declared: { owner, definition: "", execute: [] } },
    executors: { kind: "executors", signature: "f()", declared: { owner, execute: [] } },
    schema: { kind: "schema", name: "public", declared: { owner, grants: {} } },
  };
  const note = (declarations: Declarations, name: string, access?: AccessDeclaration) =>
    declarations.note(declaration(name), { access });

  it.each(Object.values(accesses))("is complete only once every $kind is known", (access) => {
    const declarations = new Declarations();
    const done: string[] = [];
    declarations.expect({ Stating: 2, Silent: 1 }, (kind) => kind === "Stating");
    note(declarations, "first", access);
    declarations.access.onceComplete(() => done.push("complete"));
    note(declarations, "first", access);
    note(declarations, "silent");
    expect(done).toEqual([]);
    note(declarations, "second", access);
    expect(done).toEqual(["complete"]);
  });
});
