import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { writeScript } from "../../infra/migrations/deployment/new-script.ts";
import { computeChecksum } from "../../infra/migrations/formats/checksum.ts";
import type { FormatName, ScriptNames } from "../../infra/migrations/formats/format.ts";
import { findSkipped, plainFolderProblem, readPlainFolder } from "../../infra/migrations/formats/plain/folder.ts";
import { compareNaturally } from "../../infra/migrations/formats/plain/natural-order.ts";
import { recogniseFormat } from "../../infra/migrations/formats/recognise.ts";
import { formatNamed } from "../../infra/migrations/formats/registry.ts";
import type { FolderMigration } from "../../infra/migrations/history/history.ts";
import { projectCommand } from "../../infra/settings/project-command.ts";
import { createTestFolder } from "../support/folder.ts";

function folderOf(files: Readonly<Record<string, string | Buffer>>): string {
  const project = createTestFolder();
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(project, file)), { recursive: true });
    writeFileSync(join(project, file), text);
  }
  return project;
}

describe("the format of a folder of migrations", () => {
  const recognise = (files: readonly string[], named: string, recorded: Partial<Record<FormatName, string>> = {}) =>
    recogniseFormat({
      directory: join(folderOf(Object.fromEntries(files.map((file) => [file, ""]))), named),
      named,
      recordsOf: async (format) =>
        [recorded[format] ?? []].flat().map((key) => ({
          ...{ key, name: key, checksum: undefined, state: "applied", startedAt: undefined, logs: null },
        })),
    });

  it.each([
    ["prisma", "by a folder with a migration.sql", ["db/m/1_a/migration.sql"], "db/m"],
    ["prisma", "by its lock file, whatever else is there", ["db/m/migration_lock.toml", "db/m/notes.sql"], "db/m"],
    ["prisma", "by its place, where there is nothing else to go by", ["db/prisma/x.md"], "prisma/migrations"],
    ["prisma", "by its place, so that a script that stands in it itself is told", ["prisma/m/1_a.sql"], "prisma/m"],
    ["supabase", "by its place", ["supabase/migrations/20230101000000_a.sql"], "supabase/migrations"],
    ["supabase", "by its place, before there is any", ["supabase/config.toml"], "supabase/migrations"],
    [
      "plain",
      "whatever settings are beside it, which many tools have",
      ["site/config.toml", "site/m/1_a.sql"],
      "site/m",
    ],
    ["plain", "by scripts anywhere else", ["db/m/20230101000000_a.sql"], "db/m"],
  ] as const)("is %s: %s", async (format, _, files, named) => {
    expect(await recognise(files, named)).toBe(format);
  });

  it("is that of the table which has records of it", async () => {
    const files = ["db/m/20230101000000_a.sql"];
    expect(await recognise(files, "db/m", { supabase: "20230101000000" })).toBe("supabase");
    expect(await recognise(files, "db/m", { plain: "20230101000000_a" })).toBe("plain");
  });

  it("is asked for where two are possible", async () => {
    expect(await recognise(["db/m/1_a/migration.sql", "db/m/2_b.sql"], "db/m")).toEqual({
      problem:
        'db/m holds 2_b.sql itself, and 1_a in a folder of its own, as Prisma has it: take one of the two elsewhere, or say which are meant (format: "prisma", "supabase" or "plain")',
    });
    const recorded = { supabase: "1", plain: "1_a" };
    expect(await recognise(["db/m/1_a.sql"], "db/m", recorded)).toMatchObject({
      problem: expect.stringContaining('say whose migrations they are, format: "supabase" or "plain"'),
    });
    expect(await recognise(["supabase/m/1_a.sql"], "supabase/m", { plain: recorded.plain })).toMatchObject({
      problem: expect.stringContaining("its place is the Supabase CLI's"),
    });
  });
});

describe("the text of a migration", () => {
  const read = async (format: FormatName, name: string, bytes: string | Buffer) => {
    const file = format === "prisma" ? join("m", name, "migration.sql") : join("m", `${name}.sql`);
    const [migration] = await formatNamed(format).readFolder(join(folderOf({ [file]: bytes }), "m"));
    return migration as FolderMigration;
  };
  const formats = ["prisma", "supabase", "plain"] as const;

  it.each(formats)("of the format %s is told where it is not what the file holds", async (format) => {
    const fault = async (bytes: string | Buffer) => (await read(format, "1_a", bytes)).fault;
    const file = format === "prisma" ? "1_a/migration.sql" : "1_a.sql";
    expect(await fault("-- déjà vu\nselect '\ufffd'")).toBeUndefined();
    expect(await fault("")).toBeUndefined();
    expect(await fault(Buffer.from("select 1;\n\n-- d\xe9j\xe0", "latin1"))).toBe(
      `${file} is not UTF-8 (line 3): save it as UTF-8`,
    );
    expect(await fault(Buffer.from("\ufeffselect 1", "utf16le"))).toBe(`${file} is UTF-16: save it as UTF-8`);
    expect(await fault("select 1;\nselect '\0'")).toContain(`${file} holds a NUL character (line 2)`);
  });

  it.each(["supabase", "plain"] as const)("of the format %s is without a byte order mark", async (format) => {
    const [marked, other] = [await read(format, "1_a", "\ufeffselect 1"), await read(format, "1_a", "select 1")];
    expect(marked).toMatchObject({ script: other.script, checksum: other.checksum });
    expect(marked.fault).toBeUndefined();
  });

  it("is Prisma's own with a byte order mark, which PostgreSQL refuses", async () => {
    expect(await read("prisma", "1_a", "\ufeffselect 1")).toMatchObject({
      checksum: computeChecksum("\ufeffselect 1"),
      fault: "1_a/migration.sql begins with a byte order mark, which PostgreSQL refuses: save it without",
    });
  });

  it("counts, or is told to be left out, where its file ends with SQL in upper case", async () => {
    const folder = folderOf({ "1_a.sql": "", "2_B.SQL": "", "2_B.down.SQL": "" });
    expect((await readPlainFolder(folder)).map(({ name }) => name)).toEqual(["1_a", "2_B"]);
    expect(await formatNamed("supabase").findSkipped?.(folder)).toContain(
      "2_B.SQL is left out, as by the Supabase CLI: its name is not <timestamp>_<name>.sql",
    );
    expect(await recogniseFormat({ directory: folderOf({ "1_A.SQL": "" }), named: "m" })).toBe("plain");
    expect(await plainFolderProblem(folderOf({ "1_a.sql": "", "1_a.SQL": "" }), "db")).toContain("1_a.sql twice");
  });
});

describe("a plain folder of migrations", () => {
  it("is read in the natural order of its names, without what undoes them", async () => {
    const folder = folderOf({
      "10_c.sql": "",
      "2_b.sql": "select 1;\r\n",
      "02_a.sql": "",
      "2_b.down.sql": "",
      "U2__b.sql": "",
      "notes.md": "",
      ".hidden.sql": "",
      "nested/1_x.sql": "",
    });
    expect((await readPlainFolder(folder)).map(({ name }) => name)).toEqual(["02_a", "2_b", "10_c"]);
    expect(await findSkipped(folder)).toEqual(["2_b.down.sql, U2__b.sql would undo migrations, and is left out"]);
    expect(await plainFolderProblem(folder, "db")).toBeUndefined();
  });

  it.each(["-- migrate:down", "-- +goose Down", "-- +migrate Down", "-- Down Migration"])(
    "is refused where a part of a script undoes the other, after %s",
    async (mark) => {
      const folder = folderOf({ "1_a.sql": `create table a (id int);\n${mark}\ndrop table a;` });
      expect(await plainFolderProblem(folder, "db")).toContain("in db/1_a.sql, on line 2.");
    },
  );

  it("is refused with the script that has such a part, and how to divide it", async () => {
    const folder = folderOf({ "1_a.sql": "", "2_b.sql": "select 1;\n-- migrate:down\nselect 2;" });
    expect(await plainFolderProblem(folder, "db")).toContain("such as 2_b.down.sql");
    expect(await plainFolderProblem(join(folder, "none"), "none")).toContain(
      `make the first with \`${projectCommand("migrations", ["new", "<name>"])}\``,
    );
  });

  it("has one order, on every machine", () => {
    const name = fc.stringMatching(/^[0-9_a.-]{0,8}$/);
    fc.assert(
      fc.property(fc.uniqueArray(name), (names) => {
        const sorted = [...names].sort(compareNaturally);
        expect([...names].reverse().sort(compareNaturally)).toEqual(sorted);
      }),
    );
  });
});

describe("a new script", () => {
  const now = new Date("2026-01-02T03:04:05Z");

  const write = (format: FormatName, directory: string) => {
    const { newScript, ...rest } = formatNamed(format);
    return writeScript(rest, newScript as ScriptNames, { name: "Add notes!", directory, now });
  };

  it.each([
    ["plain", [], "20260102030405_add_notes"],
    ["plain", ["0009_a", "0002_b"], "0010_add_notes"],
    ["plain", ["001-a"], "002-add_notes"],
    ["plain", ["9_a", "10_b"], "11_add_notes"],
    ["plain", ["V1__init", "V2__b"], "V3__add_notes"],
    ["plain", ["V009__init", "R__views"], "V010__add_notes"],
    ["plain", ["V1_1__a", "V1_9__b"], "V1_10__add_notes"],
    ["plain", ["v1.2.9_a"], "v1.2.10_add_notes"],
    ["plain", ["V20250102030405__a"], "V20260102030405__add_notes"],
    ["plain", ["1700000000_unix_time"], "20260102030405_add_notes"],
    ["supabase", ["1_a"], "20260102030405_add_notes"],
  ] as const)("of the format %s after %j is %s", async (format, names, expected) => {
    const directory = join(folderOf(Object.fromEntries(names.map((name) => [`db/m/${name}.sql`, ""]))), "db/m");
    expect(await write(format, directory)).toBe(`${expected}.sql`);
    expect(readdirSync(directory)).toContain(`${expected}.sql`);
    expect((await formatNamed(format).readFolder(directory)).at(-1)?.name).toBe(expected);
  });

  it.each([
    ["plain", "29990101000000_late", "20260102030405_add_notes"],
    ["supabase", "29990101000000_late", "20260102030405_add_notes"],
    // A smaller number, and yet the CLI applies it after the other.
    ["supabase", "9_short", "20260102030405_add_notes"],
  ] as const)("of the format %s is refused where %s would come after it", async (format, late, title) => {
    const directory = join(folderOf({ [`db/m/${late}.sql`]: "" }), "db/m");
    await expect(write(format, directory)).rejects.toThrow(
      `the folder holds ${late}, which would come after the new migration ${title}`,
    );
    expect(readdirSync(directory)).toEqual([`${late}.sql`]);
  });
});
