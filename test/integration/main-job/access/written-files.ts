import pg from "pg";
import { describe, expect, it } from "vitest";
import type { Application } from "../../../support/application.ts";
import { waitFor } from "../../../support/wait-for.ts";
import { uuid } from "./people.ts";

const rowRefused = '42501 new row violates row-level security policy for table "objects"';
const placeRefused = '42501 new row violates row-level security policy "attachments_stays" for table "objects"';

/** As the Storage API moves a file: the row changes in place, and whoever moves it becomes its owner. */
const move = `update storage.objects set bucket_id = $3, name = $4, version = 'v2', owner_id = current_setting('request.jwt.claims')::json ->> 'sub'
  where bucket_id = $1 and name = $2 returning *`;

/** As it uploads a file over one that may be there. */
const upload = `insert into storage.objects (bucket_id, name, version, owner, owner_id) values ($1, $2, 'v2', $3, $4)
  on conflict (name, bucket_id) do update set version = excluded.version, owner = coalesce(excluded.owner, objects.owner), owner_id = excluded.owner_id
  returning *`;

/** What people write beyond whose folder it is: where a file may be, whose it may be said to be, and how its path may look. */
export function describeWrittenFiles({ request, query, connectionString }: Application): void {
  const plan = ["attachments", "red/plan.pdf"];
  const colleagues =
    "update storage.objects set owner_id = 'red-admin' where name = 'red/plan.pdf' and bucket_id = 'attachments'";

  describe("stay where they are", () => {
    it.each([
      ["by a member, into a bucket of theirs", "test-user-123", "avatars", "test-user-123/plan.pdf"],
      ["by an owner, into their public bucket", "red-owner", "public-assets", "red/plan.pdf"],
      ["by an owner, who may delete it, into their own picture", "red-owner", "avatars", "red-owner/plan.pdf"],
      ["by somebody who is in both, to the other organisation", "in-both", "attachments", "blue/plan v2.pdf"],
    ])("%s", async (_, user, bucket, path) => {
      const after =
        "select count(*)::int from storage.objects where bucket_id = 'attachments' and name = 'red/plan.pdf'";
      expect(await request({ user, sql: move, values: [...plan, bucket, path], after })).toMatchObject({
        refusal: placeRefused,
        after: [{ count: 1 }],
      });
      // To the other organisation they have the right to upload it.
      const sql = "insert into storage.objects (bucket_id, name, owner_id) values ($1, $2, $3)";
      expect(await request({ user, sql, values: [bucket, path, user] })).toMatchObject({ count: 1 });
    });

    it("even where a policy of another's lets everybody write, and none comes in from there", async () => {
      const before = "create policy open on storage.objects for all to authenticated using (bucket_id = 'elsewhere')";
      const tried = { user: "red-owner", before, sql: move };
      const out = await request({ ...tried, values: [...plan, "elsewhere", "red/plan v2.pdf"] });
      const into = await request({ ...tried, values: ["elsewhere", "red/plan.pdf", "attachments", "red/plan v2.pdf"] });
      expect([out.refusal, into.refusal]).toEqual([placeRefused, placeRefused]);
      const within = await request({ ...tried, values: ["elsewhere", "red/plan.pdf", "elsewhere", "plan.pdf"] });
      expect(within).toMatchObject({ count: 1 });
    });

    it("also under another identifier", async () => {
      const sql = "update storage.objects set id = gen_random_uuid() where bucket_id = $1 and name = $2";
      expect((await request({ user: "red-owner", sql, values: plan })).refusal).toBe(placeRefused);
    });

    it("and are renamed in their folder, by a member, and moved by the service role", async () => {
      for (const user of ["test-user-123", "red-owner", "in-both"]) {
        const renamed = await request({
          user,
          before: colleagues,
          sql: move,
          values: [...plan, "attachments", "red/2027/plan.pdf"],
        });
        expect({ user, ...renamed }).toMatchObject({ user, rows: [{ name: "red/2027/plan.pdf", owner_id: user }] });
      }
      const moved = await request({
        role: "service_role",
        sql: move,
        values: [...plan, "avatars", "red-owner/plan.pdf"],
      });
      expect(moved).toMatchObject({ rows: [{ bucket_id: "avatars" }] });
    });

    it("and are replaced by a member, whoever uploaded them, and by nobody from outside", async () => {
      const replace = (user: string, before?: string) =>
        request({ user, ...(before === undefined ? {} : { before }), sql: upload, values: [...plan, null, user] });
      for (const user of ["test-user-123", "red-owner", "in-both"]) {
        const replaced = await replace(user, colleagues);
        expect({ user, ...replaced }).toMatchObject({ user, rows: [{ version: "v2", owner_id: user }] });
      }
      expect((await replace("blue-owner")).refusal).toMatch(/^42501 new row violates row-level security policy/);
    });

    it("and are replaced where another upload of the same name ended a moment ago", async () => {
      const path = "red/at the same time.pdf";
      const [one, other] = [new pg.Client(connectionString()), new pg.Client(connectionString())];
      try {
        await Promise.all([one.connect(), other.connect()]);
        await one.query("begin");
        await one.query("insert into storage.objects (bucket_id, name) values ('attachments', $1)", [path]);
        await other.query("begin");
        await other.query("select set_config('request.jwt.claims', $1, true)", [
          JSON.stringify({ sub: "test-user-123" }),
        ]);
        const { rows } = await other.query("select pg_backend_pid() as pid");
        await other.query("set local role authenticated");
        const uploading = other.query(upload, ["attachments", path, null, "test-user-123"]);
        await waitFor(async () => {
          expect(await query("select pg_blocking_pids($1) <> '{}' as waits", [rows[0].pid])).toEqual([{ waits: true }]);
        });
        await one.query("commit");
        expect((await uploading).rows).toMatchObject([{ version: "v2", owner_id: "test-user-123" }]);
      } finally {
        await Promise.all([one.end(), other.end()]);
        await query("set storage.allow_delete_query = 'true'");
        await query("delete from storage.objects where name = $1", [path]);
        await query("reset storage.allow_delete_query");
      }
    });
  });

  describe("are said to be nobody else's", () => {
    const insert = "insert into storage.objects (bucket_id, name, owner, owner_id) values ('attachments', $1, $2, $3)";

    it("when they are uploaded", async () => {
      const tries: readonly [string, string, string | null, string | null, boolean][] = [
        ["test-user-123", "red/new.pdf", null, "test-user-123", true],
        ["test-user-123", "red/new.pdf", null, null, true],
        ["test-user-123", "red/new.pdf", null, "red-owner", false],
        ["test-user-123", "red/new.pdf", uuid, "test-user-123", false],
        [uuid, "blue/new.pdf", uuid, uuid, true],
        [uuid, "blue/new.pdf", uuid, "blue-owner", false],
        ["blue-owner", "blue/new.pdf", uuid, "blue-owner", false],
      ];
      for (const [user, path, owner, ownerId, allowed] of tries) {
        const { refusal } = await request({ user, sql: insert, values: [path, owner, ownerId] });
        expect({ user, owner, ownerId, refusal }).toEqual({
          user,
          owner,
          ownerId,
          refusal: allowed ? undefined : rowRefused,
        });
      }
      const shouted = await request({ user: uuid.toUpperCase(), sql: "select auth.uid()::text as uid" });
      expect(shouted.rows).toEqual([{ uid: uuid }]);
    });

    it("when they are changed: they stay whose they are, or become one's own", async () => {
      const change = async (set: string) =>
        (
          await request({
            user: "test-user-123",
            before: colleagues,
            sql: `update storage.objects set ${set} where bucket_id = 'attachments' and name = 'red/plan.pdf'`,
          })
        ).refusal;
      expect(await change("owner_id = 'red-owner'")).toBe(placeRefused);
      expect(await change("owner_id = null")).toBe(placeRefused);
      expect(await change(`owner = '${uuid}'`)).toBe(placeRefused);
      expect(await change("owner_id = 'test-user-123'")).toBeUndefined();
      expect(await change("user_metadata = '{}'")).toBeUndefined();
    });
  });

  it("are marked as deleted, where a bucket keeps versions, by those who may delete them", async () => {
    const marker = `insert into storage.objects (bucket_id, name, is_delete_marker) values ('attachments', 'red/old.pdf', true)
      on conflict (name, bucket_id) do update set is_delete_marker = true`;
    const before = "insert into storage.objects (bucket_id, name) values ('attachments', 'red/old.pdf')";
    for (const [user, allowed] of [
      ["red-owner", true],
      ["in-both", true],
      ["test-user-123", false],
    ] as const) {
      for (const existing of [{}, { before }]) {
        const { refusal } = await request({ user, sql: marker, ...existing });
        expect({ user, refusal }).toEqual({ user, refusal: allowed ? undefined : expect.stringMatching(/^42501 /) });
      }
    }
    const own =
      "insert into storage.objects (bucket_id, name, is_delete_marker) values ('avatars', 'red-owner/old.png', true)";
    expect(await request({ user: "red-owner", sql: own })).toMatchObject({ count: 1 });
  });

  describe("have a path that nobody reads as another one", () => {
    it.each([
      "red/../blue/plan.pdf",
      "red//blue/plan.pdf",
      "red/./plan.pdf",
      "red/plan.pdf/",
      "red/",
      "red/..",
      "red/.",
      "red/a/..",
      "red/..\\blue/plan.pdf",
      "red/plan\n.pdf",
      "red/plan\u007f.pdf",
    ])("not %j, uploaded, renamed or uploaded over", async (path) => {
      const user = "red-owner";
      for (const bucket of ["attachments", "public-assets"]) {
        expect((await request({ user, sql: upload, values: [bucket, path, null, user] })).refusal).toBe(rowRefused);
      }
      expect((await request({ user, sql: move, values: [...plan, "attachments", path] })).refusal).toBe(rowRefused);
    });

    it("nor do pictures of one's own", async () => {
      for (const path of ["test-user-123/../red-owner/face.png", "test-user-123//face.png"]) {
        const values = ["avatars", path, null, "test-user-123"];
        expect((await request({ user: "test-user-123", sql: upload, values })).refusal).toBe(rowRefused);
      }
    });

    it.each([
      "red/.emptyFolderPlaceholder",
      "red/...",
      "red/..plan",
      "red/plan..",
      "red/a.b/.c",
      "red/Übersicht & Plan (2).pdf",
    ])("but %j", async (path) => {
      const user = "test-user-123";
      expect(await request({ user, sql: upload, values: ["attachments", path, null, user] })).toMatchObject({
        count: 1,
      });
      expect(await request({ user, sql: move, values: [...plan, "attachments", path] })).toMatchObject({ count: 1 });
    });

    it("and one that is there from before can still be seen, renamed and deleted", async () => {
      const before = "insert into storage.objects (bucket_id, name) values ('attachments', 'red//plan.pdf')";
      const old = { user: "red-owner", before };
      const found = await request({ ...old, sql: "select from storage.objects where name = 'red//plan.pdf'" });
      const renamed = await request({
        ...old,
        sql: move,
        values: ["attachments", "red//plan.pdf", "attachments", "red/old.pdf"],
      });
      const settings = { "storage.allow_delete_query": "true" };
      const deleted = await request({
        ...old,
        settings,
        sql: "delete from storage.objects where name = 'red//plan.pdf'",
      });
      expect([found.count, renamed.count, deleted.count]).toEqual([1, 1, 1]);
    });
  });
}
