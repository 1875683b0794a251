import { expect, it } from "vitest";
import { describePlatform, openSession } from "./local-platform.ts";

const tables = ["storage.objects", "storage.buckets", "realtime.messages", "auth.users"];

describePlatform("what postgres may do with tables of the platform", ({ trying, database }) => {
  it.each(tables)("includes creating, altering, commenting on and dropping policies of %s", async (table) => {
    await trying(async ({ run, value }) => {
      await run(`create policy ours on ${table} for select to authenticated using (true)`);
      await run(`alter policy ours on ${table} to anon using (false)`);
      await run(`comment on policy ours on ${table} is 'seen by nobody'`);
      expect(await value(`select polroles = array['anon'::regrole::oid] from pg_policy where polname = 'ours'`)).toBe(
        true,
      );
      expect(await value("select obj_description(oid, 'pg_policy') from pg_policy where polname = 'ours'")).toBe(
        "seen by nobody",
      );
      await run(`drop policy ours on ${table}`);
      await run(`drop policy if exists ours on ${table}`);
      expect(await value("select count(*)::int from pg_policy where polname = 'ours'")).toBe(0);
    });
  });

  it.each(tables)("includes creating and dropping triggers on %s", async (table) => {
    await trying(async ({ run }) => {
      await run("create function public.react() returns trigger language plpgsql as 'begin return new; end'");
      await run(`create trigger ours after insert on ${table} for each row execute function public.react()`);
      await run(`drop trigger ours on ${table}`);
    });
  });

  it.each(tables)("includes publishing %s, and taking it out again", async (table) => {
    await trying(async ({ run, value }) => {
      await run(`alter publication supabase_realtime add table ${table}`);
      await run(`create publication ours for table ${table}`);
      const published = "select count(*)::int from pg_publication_rel where prrelid = $1::regclass";
      expect(await value(published, [table])).toBe(2);
      await run(`alter publication supabase_realtime drop table ${table}; drop publication ours`);
      expect(await value(published, [table])).toBe(0);
      expect(await value("select pg_has_role('postgres', 'supabase_storage_admin', 'usage')")).toBe(false);
    });
  });

  it("includes giving a publication to nobody else, nor all tables to one", async () => {
    await trying(async ({ run, refusal }) => {
      await run("create publication ours");
      expect(await refusal("alter publication ours owner to supabase_storage_admin")).toMatch(/^42501 /);
      expect(await refusal("create publication everything for all tables")).toMatch(/^42501 must be superuser/);
      await run("set local role authenticated");
      expect(await refusal("alter publication supabase_realtime add table storage.objects")).toMatch(/^42501 /);
    });
  });

  it("includes neither renaming a policy", async () => {
    await trying(async ({ run, value, refusal }) => {
      await run("create policy ours on storage.objects for select using (true)");
      expect(await refusal("alter policy ours on storage.objects rename to theirs")).toBe(
        "42501 must be owner of table objects",
      );
      expect(await value("select polname from pg_policy where polrelid = 'storage.objects'::regclass")).toBe("ours");
    });
  });

  it.each(tables)("nor switching row-level security of %s, nor altering it otherwise", async (table) => {
    await trying(async ({ refusal }) => {
      const refused = `42501 must be owner of table ${table.split(".")[1]}`;
      for (const change of [
        "disable row level security",
        "enable row level security",
        "force row level security",
        "no force row level security",
        "add column note text",
        "disable trigger user",
        "replica identity full",
        "rename to mine",
        "owner to postgres",
      ]) {
        expect(await refusal(`alter table ${table} ${change}`)).toBe(refused);
      }
      expect(await refusal(`drop table ${table} cascade`)).toBe(refused);
      expect(await refusal(`create index on ${table} (id)`)).toBe(refused);
      expect(await refusal(`create rule nothing as on insert to ${table} do instead nothing`)).toMatch(
        /^42501 must be owner of/,
      );
    });
  });

  it("nor policies of the platform's other tables", async () => {
    await trying(async ({ refusal }) => {
      for (const table of ["auth.schema_migrations", "realtime.schema_migrations"]) {
        expect(await refusal(`create policy ours on ${table} using (true)`)).toBe(
          "42501 must be owner of table schema_migrations",
        );
      }
    });
    await trying(async ({ run }) => run("create policy theirs on auth.schema_migrations using (true)"), "superuser");
  });

  it("nor dropping a policy or trigger of a table that isn't listed", async () => {
    const admin = await openSession(database().superuserUrl);
    try {
      await admin.run("create policy theirs on auth.schema_migrations using (true)");
      await trying(async ({ refusal }) => {
        expect(await refusal("drop policy theirs on auth.schema_migrations")).toBe(
          "42501 must be owner of table schema_migrations",
        );
        expect(await refusal("alter policy theirs on auth.schema_migrations using (false)")).toBe(
          "42501 must be owner of table schema_migrations",
        );
      });
    } finally {
      await admin.run("drop policy if exists theirs on auth.schema_migrations");
      await admin.client.end();
    }
  });

  it.each([
    "table storage.objects",
    "column storage.objects.name",
    "schema storage",
    "function auth.uid()",
    "type storage.buckettype",
    "trigger protect_objects_delete on storage.objects",
    'constraint "objects_bucketId_fkey" on storage.objects',
    "index storage.bname",
  ])("nor commenting on %s", async (thing) => {
    await trying(async ({ refusal }) => {
      expect(await refusal(`comment on ${thing} is 'ours'`)).toMatch(/^42501 must be owner of/);
    });
  });

  it("and revoking a grant of the platform's succeeds and changes nothing", async () => {
    await trying(async ({ run, value }) => {
      await run("revoke all on storage.objects from anon");
      expect(await value("select has_table_privilege('anon', 'storage.objects', 'select')")).toBe(true);
    });
  });

  it("and granting on storage's tables is allowed, as postgres holds them with grant option", async () => {
    await trying(async ({ run, value }) => {
      await run("create role reporting");
      await run("grant select on storage.objects to reporting");
      expect(await value("select has_table_privilege('reporting', 'storage.objects', 'select')")).toBe(true);
      await run("revoke select on storage.objects from reporting");
      expect(await value("select has_table_privilege('reporting', 'storage.objects', 'select')")).toBe(false);
    });
  });

  it("leaves no trace of how it is done: no membership, no role, no schema", async () => {
    await trying(async ({ run, value }) => {
      const before = await value("select count(*)::int from pg_auth_members");
      await run("create policy ours on storage.objects for select using (true)");
      expect(await value("select count(*)::int from pg_auth_members")).toBe(before);
      expect(await value("select count(*)::int from pg_roles where rolname like '%palisade%'")).toBe(0);
      expect(await value("select count(*)::int from pg_namespace where nspname like '%palisade%'")).toBe(0);
      expect(await value("select pg_has_role('postgres', 'supabase_storage_admin', 'usage')")).toBe(false);
    });
  });

  it("leaves no trace either when the statement fails, and the transaction goes on after a savepoint", async () => {
    await trying(async ({ run, value, refusal }) => {
      expect(await refusal("create policy ours on storage.objects using (nonsense)")).toBe(
        '42703 column "nonsense" does not exist',
      );
      expect(await value("select pg_has_role('postgres', 'supabase_storage_admin', 'usage')")).toBe(false);
      expect(await refusal("alter table storage.objects disable row level security")).toMatch(/^42501/);
      await run("create policy ours on storage.objects using (true)");
    });
  });

  it("holds inside a function and a DO block, and at every isolation level", async () => {
    for (const level of ["read committed", "repeatable read", "serializable"]) {
      await trying(async ({ run, value, refusal }) => {
        await run(`set transaction isolation level ${level}`);
        await run("do $$ begin execute 'create policy ours on storage.objects using (true)'; end $$");
        expect(await value("select count(*)::int from pg_policy where polname = 'ours'")).toBe(1);
        expect(await refusal("do $$ begin alter policy ours on storage.objects rename to theirs; end $$")).toMatch(
          /^42501/,
        );
        expect(await refusal("do $$ begin alter table storage.objects disable row level security; end $$")).toMatch(
          /^42501/,
        );
      });
    }
  });

  it("is postgres's alone: other roles are refused, whoever logged in", async () => {
    await trying(async ({ run, refusal }) => {
      for (const role of ["anon", "authenticated", "service_role"]) {
        await run(`set local role ${role}`);
        expect(await refusal("create policy ours on storage.objects using (true)")).toBe(
          "42501 must be owner of table objects",
        );
        await run("reset role");
      }
    });
  });

  it("is open to a caller of postgres's SECURITY DEFINER function", async () => {
    await trying(async ({ run, value }) => {
      await run(`create function public.open_up() returns void language plpgsql security definer as
        'begin create policy ours on storage.objects using (true); end'`);
      await run("set local role authenticated");
      await run("select public.open_up()");
      expect(await value("select count(*)::int from pg_policy where polname = 'ours'")).toBe(1);
    });
  });

  it("can't be had by setting what the platform's functions set", async () => {
    await trying(async ({ run, refusal }) => {
      await run("set local role anon");
      await run("set local palisade.acting_role = 'postgres'");
      expect(await refusal("create policy ours on storage.objects using (true)")).toMatch(/^42501/);
    });
  });

  it("leaves a project's own tables as they are: rename, comment and row-level security work", async () => {
    await trying(async ({ run, refusal }) => {
      await run("create table public.notes (id int)");
      await run("create policy first on public.notes using (true)");
      await run("alter policy first on public.notes rename to second");
      await run("comment on policy second on public.notes is 'ours'");
      await run("comment on table public.notes is 'ours'");
      await run("alter table public.notes enable row level security");
      await run("drop policy second on public.notes");
      await run("alter table public.notes owner to postgres");
      await run(
        "create role reporting; grant create, usage on schema public to reporting; grant reporting to postgres",
      );
      await run("set local role reporting");
      expect(await refusal("create policy third on public.notes using (true)")).toBe(
        "42501 must be owner of table notes",
      );
    });
  });

  it("doesn't include event triggers: the one thing a hosted postgres may do and this one can't", async () => {
    await trying(async ({ run, refusal }) => {
      await run("create function public.react() returns event_trigger language plpgsql as 'begin end'");
      expect(await refusal("create event trigger ours on ddl_command_end execute function public.react()")).toMatch(
        /^42501/,
      );
    });
  });
});
