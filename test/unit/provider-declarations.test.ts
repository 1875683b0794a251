import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Declarations } from "../../infra/desired/declarations.ts";
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
