import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { computeChecksum } from "../../infra/migrations/formats/checksum.ts";
import { readPrismaFolder } from "../../infra/migrations/formats/prisma/folder.ts";
import { interruptedMark, type PrismaRow, recordOf } from "../../infra/migrations/formats/prisma/records.ts";
import { compareHistory as compare, type FolderMigration } from "../../infra/migrations/history/history.ts";
import { emptyHistory } from "../support/history.ts";

const compareHistory = (folder: readonly FolderMigration[], rows: readonly PrismaRow[]) =>
  compare(folder, rows.map(recordOf));

const folderOf = (...names: string[]): FolderMigration[] =>
  names.map((name) => ({
    name,
    key: name,
    script: "",
    checksum: `sum of ${name}`,
    equalChecksums: [`other sum of ${name}`],
  }));

let clock = 0;
const rowOf = (name: string, more: Partial<PrismaRow> = {}): PrismaRow => {
  clock += 1;
  const time = new Date(clock);
  return {
    migration_name: name,
    checksum: `sum of ${name}`,
    started_at: time,
    finished_at: time,
    rolled_back_at: null,
    logs: null,
    ...more,
  };
};

describe("the comparison of a folder with a database", () => {
  it("finds nothing in nothing, and everything pending in an empty database", () => {
    expect(compareHistory([], [])).toEqual(emptyHistory);
    expect(compareHistory(folderOf("1", "2"), [])).toEqual({ ...emptyHistory, pending: ["1", "2"] });
  });

  it("takes other line ends for the same migration, and another text for an edit", () => {
    const rows = [rowOf("1"), rowOf("2", { checksum: "other sum of 2" }), rowOf("3", { checksum: "another" })];
    expect(compareHistory(folderOf("1", "2", "3"), rows)).toEqual({
      ...emptyHistory,
      applied: ["1", "2"],
      edited: ["3"],
    });
  });

  it("tells a failure with its words, and does not call its correction an edit", () => {
    const failed = rowOf("2", { finished_at: null, logs: "ERROR", checksum: "before the correction" });
    expect(compareHistory(folderOf("1", "2"), [rowOf("1"), failed])).toEqual({
      ...emptyHistory,
      applied: ["1"],
      failed: [{ name: "2", startedAt: failed.started_at, logs: "ERROR" }],
    });
  });

  it("takes an interrupted migration for pending, since the next deployment applies it again", () => {
    const interrupted = rowOf("1", { finished_at: null, logs: interruptedMark });
    expect(compareHistory(folderOf("1"), [interrupted])).toEqual({
      ...emptyHistory,
      pending: ["1"],
      interrupted: ["1"],
    });
  });

  it("takes a migration that was rolled back for pending, until it is applied again", () => {
    const rolledBack = rowOf("1", { finished_at: null, rolled_back_at: new Date() });
    expect(compareHistory(folderOf("1"), [rolledBack])).toEqual({ ...emptyHistory, pending: ["1"], rolledBack: ["1"] });
    expect(compareHistory(folderOf("1"), [rolledBack, rowOf("1")])).toEqual({ ...emptyHistory, applied: ["1"] });
  });

  it("names what the database has and the folder has not, and what comes before something applied", () => {
    expect(compareHistory(folderOf("1", "2", "3"), [rowOf("1"), rowOf("3"), rowOf("4")])).toEqual({
      ...emptyHistory,
      applied: ["1", "3"],
      pending: ["2"],
      outOfOrder: ["2"],
      missing: ["4"],
    });
  });

  const name = fc.constantFrom("1", "2", "3", "4", "5");
  const row = fc
    .record({
      name,
      checksum: fc.constantFrom<"right" | "other" | "wrong">("right", "other", "wrong"),
      state: fc.constantFrom("finished", "failed", "rolled back", "interrupted"),
    })
    .map(({ name, checksum, state }) =>
      rowOf(name, {
        checksum: { right: `sum of ${name}`, other: `other sum of ${name}`, wrong: "wrong" }[checksum],
        ...(state === "finished" ? {} : { finished_at: null }),
        ...(state === "rolled back" ? { rolled_back_at: new Date() } : {}),
        ...(state === "interrupted" ? { logs: interruptedMark } : {}),
      }),
    );
  const history = fc.tuple(
    fc.uniqueArray(name).map((names) => folderOf(...names.sort())),
    fc.array(row),
  );

  it("puts every migration of the folder into exactly one of applied, edited, pending and failed", () => {
    fc.assert(
      fc.property(history, ([folder, rows]) => {
        const { applied, edited, pending, failed } = compareHistory(folder, rows);
        const onlyFailed = failed
          .map(({ name }) => name)
          .filter((name) => !applied.includes(name) && !edited.includes(name));
        const names = [...applied, ...edited, ...pending, ...new Set(onlyFailed)].filter((name) =>
          folder.some((each) => each.name === name),
        );
        expect(names.sort()).toEqual(folder.map(({ name }) => name).sort());
      }),
    );
  });

  it("does not depend on the order of the rows, and names everything it was given", () => {
    fc.assert(
      fc.property(history, ([folder, rows]) => {
        const result = compareHistory(folder, rows);
        expect(compareHistory(folder, [...rows].reverse())).toEqual(result);
        const named = new Set([
          ...Object.values(result)
            .flat()
            .map((each) => (typeof each === "string" ? each : each.name)),
        ]);
        expect(named).toEqual(new Set([...folder.map(({ name }) => name), ...rows.map((each) => each.migration_name)]));
      }),
    );
  });

  it("has nothing pending, edited or missing after everything pending was applied", () => {
    fc.assert(
      fc.property(history, ([folder, rows]) => {
        const { pending, failed } = compareHistory(folder, rows);
        fc.pre(failed.length === 0);
        const settled = rows.map((each) =>
          each.logs === interruptedMark ? { ...each, rolled_back_at: new Date() } : each,
        );
        const after = compareHistory(folder, [...settled, ...pending.map((each) => rowOf(each))]);
        expect([after.pending, after.interrupted, after.failed]).toEqual([[], [], []]);
      }),
    );
  });
});

describe("a folder of migrations", () => {
  const inFolder = async (files: Readonly<Record<string, string>>, work: (directory: string) => Promise<void>) => {
    const directory = await mkdtemp(join(tmpdir(), "migrations "));
    for (const [file, text] of Object.entries(files)) {
      await mkdir(join(directory, file, ".."), { recursive: true });
      await writeFile(join(directory, file), text);
    }
    await work(directory).finally(() => rm(directory, { recursive: true }));
  };

  it("is read in order of its names, with the checksum of each text as it is", () =>
    inFolder(
      {
        "2_b/migration.sql": "b\r\n",
        "10_c/migration.sql": "c",
        "1_a/migration.sql": "a\n",
        "migration_lock.toml": "",
      },
      async (directory) => {
        const [first, second, third] = await readPrismaFolder(directory);
        expect([first?.name, second?.name, third?.name]).toEqual(["1_a", "10_c", "2_b"]);
        expect(first).toEqual({
          ...{ name: "1_a", key: "1_a", script: "a\n" },
          ...{ checksum: computeChecksum("a\n"), equalChecksums: [computeChecksum("a\r\n")] },
        });
        expect(third).toEqual({
          ...{ name: "2_b", key: "2_b", script: "b\r\n" },
          ...{ checksum: computeChecksum("b\r\n"), equalChecksums: [computeChecksum("b\n")] },
        });
      },
    ));

  it("holds no migrations when it does not exist", async () => {
    expect(await readPrismaFolder(join(tmpdir(), "no such folder"))).toEqual([]);
  });

  it("says which migration has no text", () =>
    inFolder({ "1_a/notes.md": "" }, async (directory) => {
      await expect(readPrismaFolder(directory)).rejects.toThrow(/the migration 1_a has no migration\.sql/);
    }));
});
