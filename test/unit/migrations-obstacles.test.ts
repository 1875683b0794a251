import { describe, expect, it } from "vitest";
import type { Table } from "../../infra/catalog/tables.ts";
import { missingBaseline, obstacles } from "../../infra/migrations/history/obstacles.ts";
import { resolveCommand } from "../../infra/migrations/history/resolve-command.ts";
import { emptyHistory } from "../support/history.ts";

const resolve = resolveCommand({ stack: "prod" });

describe("what stands in the way of a deployment", () => {
  it("is nothing in a history that only goes on, or was interrupted", () => {
    expect(
      obstacles(
        { ...emptyHistory, applied: ["1"], pending: ["2", "3"], interrupted: ["2"], rolledBack: ["3"] },
        resolve,
      ),
    ).toEqual([]);
  });

  it("is a failure in the database's words, as Prisma's command line and this project record it", () => {
    const startedAt = new Date("2026-01-02T03:04:05Z");
    const [said] = obstacles(
      {
        ...emptyHistory,
        failed: [
          {
            name: "1_bad",
            startedAt,
            logs: 'A migration failed to apply. New migrations cannot be applied.\n\nMigration name: 1_bad\n\nDatabase error code: 42P01\n\nDatabase error:\nERROR: relation "x" does not exist.\nLINE 1\n\nDbError { severity: "ERROR" }',
          },
        ],
      },
      resolve,
    );
    expect(said).toMatch(
      /^the migration 1_bad failed: ERROR: relation "x" does not exist\. Put right what it says, then `npm run migrations -- resolve --rolled-back 1_bad --stack prod`/,
    );
    const [unknown] = obstacles({ ...emptyHistory, failed: [{ name: "1_bad", startedAt, logs: null }] }, resolve);
    expect(unknown).toMatch(
      /^the migration 1_bad, started at 2026-01-02T03:04:05\.000Z, is still running or was killed/,
    );
  });

  it("is tables that no migration is recorded for, and not views, or tables elsewhere", () => {
    const catalog = (names: Readonly<Record<string, string>>, migrations?: []) => ({
      migrations,
      tables: new Map(
        Object.entries(names).map(([id, kind]) => {
          const [schema = "", name = ""] = id.split(".");
          return [id, { schema, name, kind } as Table];
        }),
      ),
    });
    const filled = { "public.a": "r", "public.b": "p", "public.c": "r", "public.d": "r", "auth.users": "r" };
    expect(missingBaseline(catalog(filled), ["1_first", "2_next"], resolve)).toEqual([
      expect.stringMatching(
        /^the database has tables \(public\.a, public\.b, public\.c and 1 more\) and no record of any migration\..*`npm run migrations -- resolve --applied 1_first --stack prod`/,
      ),
    ]);
    expect(missingBaseline(catalog(filled, []), [], resolve)).toEqual([]);
    expect(missingBaseline(catalog({ "public.v": "v", "auth.users": "r" }), [], resolve)).toEqual([]);
  });
});
