import { expect, it } from "vitest";
import { describePlatform, openSession } from "./local-platform.ts";

describePlatform("the realtime of the local database", ({ trying, server }) => {
  it("has an empty publication that belongs to postgres", async () => {
    await trying(async ({ run }) => {
      expect(
        await run(`select pubname, pubowner::regrole::text as owner, puballtables, pubinsert, pubupdate, pubdelete
                   from pg_publication`),
      ).toEqual([
        {
          pubname: "supabase_realtime",
          owner: "postgres",
          puballtables: false,
          pubinsert: true,
          pubupdate: true,
          pubdelete: true,
        },
      ]);
      expect(await run("select * from pg_publication_tables")).toEqual([]);
    });
  });

  it("lets postgres add, set and drop the publication's tables", async () => {
    await trying(async ({ run }) => {
      await run("create table public.tasks (id int primary key); create table public.projects (id int primary key)");
      const published = async () =>
        (await run("select tablename from pg_publication_tables order by 1")).map(({ tablename }) => tablename);
      await run("alter publication supabase_realtime add table public.tasks");
      expect(await published()).toEqual(["tasks"]);
      await run("alter publication supabase_realtime set table public.tasks, public.projects");
      expect(await published()).toEqual(["projects", "tasks"]);
      await run("alter publication supabase_realtime drop table public.tasks");
      expect(await published()).toEqual(["projects"]);
    });
  });

  it("fails every update and delete on a published table that has neither key nor replica identity", async () => {
    await trying(async ({ run, refusal }) => {
      await run("create table public.tasks (title text)");
      await run("insert into public.tasks values ('one')");
      await run("alter publication supabase_realtime add table public.tasks");
      expect(await refusal("update public.tasks set title = 'two'")).toMatch(
        /^55000 .*does not have a replica identity/,
      );
      await run("alter table public.tasks replica identity full");
      await run("update public.tasks set title = 'two'");
    });
  });

  it("carries changes to a logical replication slot", async () => {
    const other = await server().createDatabase();
    const session = await openSession(other.url);
    try {
      await session.run("create table public.tasks (id int primary key)");
      await session.run("alter publication supabase_realtime add table public.tasks");
      await session.run("select pg_create_logical_replication_slot('probe', 'pgoutput', true)");
      await session.run("insert into public.tasks values (1)");
      const changes = await session.run(
        "select * from pg_logical_slot_get_binary_changes('probe', null, null, 'proto_version', '1', 'publication_names', 'supabase_realtime')",
      );
      expect(changes.length).toBeGreaterThan(2);
    } finally {
      await session.client.end();
      await other.drop();
    }
  });

  it("keeps messages with row-level security, partitioned by time, without policies", async () => {
    await trying(async ({ run }) => {
      expect(
        await run(`select relkind, relrowsecurity, relowner::regrole::text as owner, pg_get_partkeydef(oid) as key
                   from pg_class where oid = 'realtime.messages'::regclass`),
      ).toEqual([{ relkind: "p", relrowsecurity: true, owner: "supabase_realtime_admin", key: "RANGE (inserted_at)" }]);
      expect(await run("select polname from pg_policy")).toEqual([]);
    });
  });

  it("answers, as the platform probes it, who may receive and who may send in a private channel", async () => {
    await trying(async ({ run, value, refusal }) => {
      await run(`create policy receive on realtime.messages for select to authenticated
        using (realtime.topic() = 'org:1' and extension in ('broadcast', 'presence'))`);
      await run(`create policy send on realtime.messages for insert to authenticated
        with check (realtime.topic() = 'org:1' and extension = 'broadcast')`);
      const probe = (extension: string) =>
        `insert into realtime.messages (topic, extension) values (realtime.topic(), '${extension}') returning id`;
      await run("set local role authenticated");
      await run("set local realtime.topic = 'org:1'");
      await run(probe("broadcast"));
      expect(await value("select count(*)::int from realtime.messages where topic = realtime.topic()")).toBe(1);
      const refused = '42501 new row violates row-level security policy for table "messages"';
      expect(await refusal(probe("presence"))).toBe(refused);
      await run("set local realtime.topic = 'org:2'");
      expect(await refusal(probe("broadcast"))).toBe(refused);
      expect(await value("select count(*)::int from realtime.messages")).toBe(0);
      await run("set local role anon");
      expect(await refusal(probe("broadcast"))).toBe(refused);
    });
  });

  it("gives no topic where no channel is asked for", async () => {
    await trying(async ({ run, value }) => {
      expect(await value("select realtime.topic()")).toBeNull();
      await run("set local realtime.topic = ''");
      expect(await value("select realtime.topic()")).toBeNull();
    });
  });

  it("sends messages from SQL, with an id in the payload", async () => {
    await trying(async ({ run }) => {
      await run("select realtime.send('{\"title\": \"hello\"}', 'created', 'org:1')");
      expect(
        await run(`select topic, event, extension, private, payload ->> 'title' as title, payload ->> 'id' = id::text as id
                   from realtime.messages`),
      ).toEqual([
        { topic: "org:1", event: "created", extension: "broadcast", private: true, title: "hello", id: true },
      ]);
    });
  });

  it("broadcasts a row's changes from a trigger", async () => {
    await trying(async ({ run }) => {
      await run("create table public.tasks (id int primary key, title text)");
      await run(`create function public.tell() returns trigger language plpgsql security definer set search_path = '' as $$
        begin
          perform realtime.broadcast_changes('tasks:' || new.id, tg_op, tg_op, tg_table_name, tg_table_schema, new, old);
          return null;
        end $$`);
      await run(
        "create trigger tell after insert or update on public.tasks for each row execute function public.tell()",
      );
      await run("insert into public.tasks values (7, 'one')");
      await run("update public.tasks set title = 'two'");
      expect(
        await run(`select topic, event, payload -> 'record' ->> 'title' as new, payload -> 'old_record' ->> 'title' as old,
                   payload ->> 'schema' as schema from realtime.messages order by event`),
      ).toEqual([
        { topic: "tasks:7", event: "INSERT", new: "one", old: null, schema: "public" },
        { topic: "tasks:7", event: "UPDATE", new: "two", old: "one", schema: "public" },
      ]);
    });
  });
});
