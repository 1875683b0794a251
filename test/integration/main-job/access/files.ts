import { beforeAll, describe, expect, it } from "vitest";
import type { Application } from "../../../support/application.ts";
import { administers, everybody, isMember, type Person, uuid } from "./people.ts";
import type { Command } from "./table-rules.ts";
import { describeWrittenFiles } from "./written-files.ts";

/** Files by bucket and path. Among them what belongs to nobody: no folder, an unknown one, one that only looks like somebody's. */
const files = [
  ["attachments", "red/plan.pdf"],
  ["attachments", "red/2026/budget.pdf"],
  ["attachments", "blue/plan.pdf"],
  ["attachments", "red"],
  ["attachments", "stray.pdf"],
  ["attachments", "/red/plan.pdf"],
  ["attachments", "RED/plan.pdf"],
  ["attachments", "green/plan.pdf"],
  ["attachments", "test-user-123/plan.pdf"],
  ["avatars", "test-user-123/face.png"],
  ["avatars", `${uuid}/face.png`],
  ["avatars", "red-owner/face.png"],
  ["avatars", "red/face.png"],
  ["avatars", "stray.png"],
  ["public-assets", "red/logo.png"],
  ["public-assets", "blue/logo.png"],
  ["public-assets", "red-admin/logo.png"],
  ["public-assets", "stray.png"],
  ["elsewhere", "red/plan.pdf"],
  ["elsewhere", "test-user-123/face.png"],
] as const;

/** Who may do what with a file, by its first folder; written down apart from the policies. */
function allows(person: Person, command: Command, bucket: string, path: string): boolean {
  const folder = path.includes("/") ? path.split("/")[0] : undefined;
  if (folder === undefined) return false;
  switch (bucket) {
    case "attachments":
      return command === "delete" ? administers(person, folder) : isMember(person, folder);
    case "avatars":
      return folder === person.user;
    case "public-assets":
      return administers(person, folder);
    default:
      return false;
  }
}

const name = (bucket: string, path: string) => `${bucket}: ${path}`;
const names = "select bucket_id || ': ' || name as file from storage.objects";

/** What everybody may do with files, as the Storage API asks the database on their behalf. */
export function describeFiles(application: Application): void {
  const { request, query } = application;
  describe("the files", () => {
    beforeAll(async () => {
      await query("insert into storage.buckets (id, name) values ('elsewhere', 'elsewhere')");
      for (const file of files) await query("insert into storage.objects (bucket_id, name) values ($1, $2)", file);
    });

    it.each(["select", "update", "delete"] as const)("are for those whose folder they are in: %s", async (command) => {
      const actual: Record<string, unknown> = {};
      for (const [who, { user }] of everybody) {
        const { refusal, rows, after } = await request({
          user,
          ...statements[command],
          // The Storage API sets it before it deletes, and so could anybody: it is no protection from users.
          settings: { "storage.allow_delete_query": "true" },
        });
        actual[who] = refusal ?? (command === "select" ? rows : after).map(({ file }) => file).sort();
      }
      const expected = everybody.map(([who, person]) => {
        const allowed = files.filter(([bucket, path]) => allows(person, command, bucket, path));
        const left = files.filter(([bucket, path]) => !allows(person, command, bucket, path));
        return [who, (command === "delete" ? left : allowed).map(([bucket, path]) => name(bucket, path)).sort()];
      });
      expect(actual).toEqual(Object.fromEntries(expected));
    });

    it("are uploaded only into one's own folder", async () => {
      const actual: Record<string, unknown> = {};
      const expected: Record<string, unknown> = {};
      for (const [who, person] of everybody) {
        for (const [bucket, path] of files) {
          const { refusal } = await request({
            user: person.user,
            sql: "insert into storage.objects (bucket_id, name) values ($1, $2 || ' (copy)')",
            values: [bucket, path],
          });
          const attempt = `${who}, ${name(bucket, path)}`;
          actual[attempt] = refusal ?? "made";
          expected[attempt] = allows(person, "insert", bucket, path) ? "made" : rowRefused;
        }
      }
      expect(actual).toEqual(expected);
    });

    it("are moved into nobody else's folder, nor into a bucket without policies", async () => {
      const moves: readonly [string, string, string][] = [
        ["red-owner", "attachments", "blue/plan.pdf (moved)"],
        ["red-owner", "attachments", "plan.pdf"],
        ["red-owner", "elsewhere", "red/plan.pdf (moved)"],
        ["red-owner", "avatars", "test-user-123/plan.pdf"],
        ["test-user-123", "public-assets", "red/plan.pdf"],
      ];
      for (const [user, bucket, path] of moves) {
        const { refusal } = await request({
          user,
          sql: "update storage.objects set bucket_id = $1, name = $2 where bucket_id = 'attachments' and name = 'red/plan.pdf'",
          values: [bucket, path],
        });
        expect({ user, path, refusal }).toEqual({ user, path, refusal: rowRefused });
      }
    });

    describeWrittenFiles(application);

    it("are invisible and out of reach for whoever is not signed in", async () => {
      const settings = { "storage.allow_delete_query": "true" };
      for (const user of [undefined, "red-owner"]) {
        expect((await request({ role: "anon", user, sql: names })).rows).toEqual([]);
        for (const command of ["update", "delete"] as const) {
          const outcome = await request({ role: "anon", user, settings, sql: statements[command].sql });
          expect(outcome).toMatchObject({ count: 0 });
        }
        const sql = "insert into storage.objects (bucket_id, name) values ('avatars', 'red-owner/new.png')";
        expect((await request({ role: "anon", user, sql })).refusal).toBe(rowRefused);
      }
    });

    it.each(["anon", "authenticated"] as const)(
      "lie in buckets that %s can neither list nor change nor add to",
      async (role) => {
        for (const sql of ["select * from storage.buckets", "update storage.buckets set public = true"]) {
          expect(await request({ role, user: "red-owner", sql })).toMatchObject({ rows: [], count: 0 });
        }
        const { refusal } = await request({
          role,
          user: "red-owner",
          sql: "insert into storage.buckets (id, name, public) values ('mine', 'mine', true)",
        });
        expect(refusal).toMatch(/^42501 new row violates row-level security policy for table "buckets"/);
      },
    );

    it("are all the service role's", async () => {
      expect((await request({ role: "service_role", sql: names })).rows).toHaveLength(files.length);
      for (const command of ["update", "delete"] as const) {
        const settings = { "storage.allow_delete_query": "true" };
        const outcome = await request({ role: "service_role", settings, sql: statements[command].sql });
        expect(outcome).toMatchObject({ count: files.length });
      }
    });
  });
}

const rowRefused = '42501 new row violates row-level security policy for table "objects"';

const statements = {
  select: { sql: names },
  update: {
    sql: `update storage.objects set user_metadata = '{"touched": true}'`,
    after: `${names} where user_metadata is not null`,
  },
  delete: { sql: "delete from storage.objects", after: names },
} as const;
