import { expect, it } from "vitest";
import { describePlatform, type Session } from "./local-platform.ts";
import { describeSchemas, realFactors } from "./local-platform-real-schema.ts";

const uuid = "3f2b1c4d-0000-4000-8000-000000000001";

describePlatform("auth.uid() and its companions", ({ trying }) => {
  it("read the claims of the request", async () => {
    await trying(async (session) => {
      await claim(session, { sub: uuid, role: "authenticated", email: "ada@example.com" });
      expect(await session.value("select auth.uid()")).toBe(uuid);
      expect(await session.value("select auth.role()")).toBe("authenticated");
      expect(await session.value("select auth.email()")).toBe("ada@example.com");
      expect(await session.value("select auth.jwt() ->> 'sub'")).toBe(uuid);
    });
  });

  it("raise on a subject that is no uuid", async () => {
    await trying(async (session) => {
      await claim(session, { sub: "test-user-123" });
      expect(await session.refusal("select auth.uid()")).toBe(
        '22P02 invalid input syntax for type uuid: "test-user-123"',
      );
      expect(await session.value("select auth.jwt() ->> 'sub'")).toBe("test-user-123");
    });
  });

  it("are null where nobody is signed in", async () => {
    await trying(async ({ run, value }) => {
      for (const claims of ["", "{}"]) {
        await run("select set_config('request.jwt.claims', $1, true)", [claims]);
        expect(await value("select auth.uid()")).toBeNull();
        expect(await value("select auth.role()")).toBeNull();
        expect(await value("select auth.email()")).toBeNull();
      }
    });
  });

  it("prefer a claim that is set on its own", async () => {
    await trying(async (session) => {
      await claim(session, { sub: "not-a-uuid", role: "anon" });
      await session.run("select set_config('request.jwt.claim.sub', $1, true)", [uuid]);
      await session.run("select set_config('request.jwt.claim.role', 'authenticated', true)");
      expect(await session.value("select auth.uid()")).toBe(uuid);
      expect(await session.value("select auth.role()")).toBe("authenticated");
    });
  });

  it("are stable SQL functions that run as the caller, belong to the platform and may be executed by all", async () => {
    await trying(async ({ run, refusal }) => {
      const functions = await run(`
        select proname, l.lanname, provolatile, prosecdef, proowner::regrole::text as owner, prorettype::regtype::text as returns,
               has_function_privilege('anon', p.oid, 'execute') as anon
        from pg_proc p join pg_language l on l.oid = p.prolang
        where pronamespace = 'auth'::regnamespace order by 1`);
      const same = { lanname: "sql", provolatile: "s", prosecdef: false, owner: "supabase_auth_admin", anon: true };
      expect(functions).toEqual([
        { proname: "email", returns: "text", ...same },
        { proname: "jwt", returns: "jsonb", ...same },
        { proname: "role", returns: "text", ...same },
        { proname: "uid", returns: "uuid", ...same },
      ]);
      expect(
        await refusal("create or replace function auth.uid() returns uuid language sql as 'select null::uuid'"),
      ).toMatch(/^42501 /);
    });
  });
});

describePlatform("the tables of auth", ({ trying }) => {
  it("belong to the platform, have row-level security without policies, and are closed to the API", async () => {
    await trying(async ({ run }) => {
      const tables = await run(`
        select relname, relowner::regrole::text as owner, relrowsecurity as secured,
               has_table_privilege('anon', oid, 'select') or has_table_privilege('authenticated', oid, 'select')
               or has_table_privilege('service_role', oid, 'select') as open,
               has_table_privilege('postgres', oid, 'select, trigger, references') as ours
        from pg_class where relnamespace = 'auth'::regnamespace and relkind = 'r'
        and relname in ('users', 'identities', 'sessions', 'refresh_tokens') order by 1`);
      const same = { owner: "supabase_auth_admin", secured: true, open: false, ours: true };
      expect(tables).toEqual(
        ["identities", "refresh_tokens", "sessions", "users"].map((relname) => ({ relname, ...same })),
      );
      expect(await run("select polname from pg_policy")).toEqual([]);
    });
  });

  it("let a project refer to users, and copy each new one by a trigger", async () => {
    await trying(async ({ run }) => {
      await run(
        "create table public.profiles (id uuid primary key references auth.users (id) on delete cascade, name text)",
      );
      await run(`create function public.welcome() returns trigger language plpgsql security definer set search_path = '' as
        $$ begin insert into public.profiles values (new.id, new.raw_user_meta_data ->> 'name'); return new; end $$`);
      await run("create trigger welcome after insert on auth.users for each row execute function public.welcome()");
      await run("insert into auth.users (id, email, raw_user_meta_data, raw_app_meta_data) values ($1, $2, $3, '{}')", [
        uuid,
        "ada@example.com",
        { name: "Ada" },
      ]);
      expect(await run("select * from public.profiles")).toEqual([{ id: uuid, name: "Ada" }]);
      await run("delete from auth.users");
      expect(await run("select * from public.profiles")).toEqual([]);
    });
  });

  it("have the factors of multi-factor sign-in as a hosted project's", async () => {
    await trying(async (session) => {
      const { columns, indexes, types } = await describeSchemas(session, ["auth"], ["auth.mfa_factors"]);
      expect({ columns, indexes, types }).toEqual(realFactors);
    });
  });

  it("let the documented policy ask for a second factor of those who have one", async () => {
    await trying(async (session) => {
      const { run, value } = session;
      await run("create table public.notes (id int); insert into public.notes values (1)");
      await run("alter table public.notes enable row level security; grant select on public.notes to authenticated");
      await run(`create function public.has_factor() returns boolean language sql stable security definer set search_path = pg_catalog, pg_temp
        as $$ select exists (select from auth.mfa_factors where user_id = (select auth.uid()) and status = 'verified') $$`);
      await run(`create policy second_factor on public.notes to authenticated
        using ((select auth.jwt() ->> 'aal') = 'aal2' or not (select public.has_factor()))`);
      await run("insert into auth.users (id) values ($1)", [uuid]);
      const seen = async (aal: string) => {
        await claim(session, { sub: uuid, aal });
        await run("set local role authenticated");
        const count = await value("select count(*)::int from public.notes");
        await run("reset role");
        return count;
      };
      expect(await seen("aal1")).toBe(1);
      await run(`insert into auth.mfa_factors (id, user_id, factor_type, status, created_at, updated_at)
        values (gen_random_uuid(), '${uuid}', 'totp', 'verified', now(), now())`);
      expect([await seen("aal1"), await seen("aal2")]).toEqual([0, 1]);
    });
  });
});

async function claim(session: Session, claims: Readonly<Record<string, string>>): Promise<void> {
  await session.run("select set_config('request.jwt.claims', $1, true)", [JSON.stringify(claims)]);
}
