import { expect, it } from "vitest";
import { describePlatform } from "./local-platform.ts";

describePlatform("the roles of the local database", ({ trying, server }) => {
  it("have the attributes that a hosted project gives them", async () => {
    const roles = await trying(({ run }) =>
      run(`
        select rolname as role, concat_ws(' ',
          case when rolsuper then 'superuser' end, case when rolcreaterole then 'createrole' end,
          case when rolcreatedb then 'createdb' end, case when rolcanlogin then 'login' end,
          case when rolreplication then 'replication' end, case when rolbypassrls then 'bypassrls' end,
          case when not rolinherit then 'noinherit' end) as attributes
        from pg_roles where rolname !~ '^pg_' order by rolname`),
    );
    expect(Object.fromEntries(roles.map(({ role, attributes }) => [role, attributes]))).toEqual({
      anon: "",
      authenticated: "",
      authenticator: "login noinherit",
      dashboard_user: "createrole createdb replication",
      pgbouncer: "login",
      postgres: "createrole createdb login replication bypassrls",
      service_role: "bypassrls",
      supabase_admin: "superuser createrole createdb login replication bypassrls",
      supabase_auth_admin: "login noinherit",
      supabase_etl_admin: "login replication",
      supabase_read_only_user: "login bypassrls",
      supabase_realtime_admin: "createrole login replication noinherit",
      supabase_replication_admin: "login replication",
      supabase_storage_admin: "createrole login noinherit",
    });
  });

  it("let the API's login role act as anon, authenticated and service_role, and postgres too", async () => {
    const members = await trying(({ run }) =>
      // On 17 postgres administers authenticator, which gives it none of that role's rights.
      run(`
        select member.rolname as member, array_agg(role.rolname::text order by role.rolname) as roles
        from pg_auth_members m
        join pg_roles member on member.oid = m.member join pg_roles role on role.oid = m.roleid
        where member.rolname in ('authenticator', 'postgres') and role.rolname !~ '^(pg_database_owner)$'
          and not (member.rolname = 'postgres' and role.rolname = 'authenticator')
        group by 1 order by 1`),
    );
    expect(members).toEqual([
      { member: "authenticator", roles: ["anon", "authenticated", "service_role"] },
      {
        member: "postgres",
        roles: ["anon", "authenticated", "pg_monitor", "pg_read_all_data", "pg_signal_backend", "service_role"],
      },
    ]);
  });

  it.each(["supabase_admin", "supabase_auth_admin", "supabase_storage_admin", "supabase_realtime_admin"])(
    "refuse postgres to act as %s",
    async (role) => {
      await trying(async ({ value, refusal }) => {
        expect(await value("select pg_has_role('postgres', $1, 'member')", [role])).toBe(false);
        expect(await refusal(`set role ${role}`)).toBe(`42501 permission denied to set role "${role}"`);
      });
    },
  );

  it("refuse postgres to take the platform's roles: always for the superuser's, on 17 for all", async () => {
    await trying(async ({ value, refusal }) => {
      expect(await refusal("grant supabase_admin to postgres")).toMatch(/^42501 /);
      if (Number(await value("show server_version_num")) >= 160000) {
        expect(await refusal("grant supabase_storage_admin to postgres")).toMatch(/^42501 /);
        expect(await refusal("alter role supabase_storage_admin password 'ours'")).toMatch(/^42501 /);
      }
    });
  });

  it.each(["anon", "authenticated", "service_role"])("let postgres act as %s", async (role) => {
    await trying(async ({ run, value }) => {
      await run(`set local role ${role}`);
      expect(await value("select current_user::text")).toBe(role);
    });
  });

  it("time the API's statements out as a hosted project does", async () => {
    const settings = await trying(({ run }) =>
      run(`select setrole::regrole::text as role, setconfig from pg_db_role_setting
           where setrole in ('anon'::regrole, 'authenticated'::regrole, 'service_role'::regrole, 'postgres'::regrole)
           order by 1`),
    );
    expect(settings).toEqual([
      { role: "anon", setconfig: ["statement_timeout=3s"] },
      { role: "authenticated", setconfig: ["statement_timeout=8s"] },
      { role: "postgres", setconfig: ['search_path="$user", public, extensions'] },
    ]);
  });

  it("let postgres set what PostgREST reads from the role that it connects as, and act as that role no more than before", async () => {
    await trying(async ({ run, value, refusal }) => {
      await run("alter role authenticator set pgrst.db_schemas = 'public, api'");
      const settings =
        "select setconfig from pg_db_role_setting where setrole = 'authenticator'::regrole and setdatabase = 0";
      expect(await value(settings)).toContain("pgrst.db_schemas=public, api");
      await run("alter role authenticator reset pgrst.db_schemas");
      expect(await value(settings)).not.toContain("pgrst.db_schemas=public, api");
      expect(await value("select pg_has_role('postgres', 'authenticator', 'usage')")).toBe(false);
      expect(await refusal("set role authenticator")).toBe('42501 permission denied to set role "authenticator"');
    });
  });

  it("give postgres the search path public, extensions", async () => {
    await trying(async ({ value }) => {
      expect(await value("show search_path")).toBe('"$user", public, extensions');
    });
  });

  it("let postgres create roles, publications and databases, but make no superuser", async () => {
    await trying(async ({ run, refusal }) => {
      await run("create role reporting");
      await run("grant authenticated to reporting");
      await run("create publication of_our_own");
      expect(await refusal("alter role reporting superuser")).toMatch(/^42501 /);
      expect(await refusal("grant supabase_admin to reporting")).toMatch(/^42501 /);
    });
  });

  it("keep anon and authenticated under row-level security, and let service_role past it with a grant alone", async () => {
    await trying(async ({ run, value, refusal }) => {
      await run("create table public.notes (id int)");
      await run("insert into public.notes values (1)");
      await run("alter table public.notes enable row level security");
      await run("set local role service_role");
      expect(await refusal("select * from public.notes")).toBe("42501 permission denied for table notes");
      await run("reset role");
      await run("grant select on public.notes to authenticated, service_role");
      await run("set local role service_role");
      expect(await value("select count(*)::int from public.notes")).toBe(1);
      await run("set local role authenticated");
      expect(await value("select count(*)::int from public.notes")).toBe(0);
    });
  });

  it("need a password, which is not any other clone's", async () => {
    const { Client } = await import("pg");
    const client = new Client({ host: "127.0.0.1", port: server().port, user: "postgres", password: "postgres" });
    await expect(client.connect()).rejects.toMatchObject({ code: "28P01" });
  });
});

describePlatform("the public schema and its default grants", ({ trying }) => {
  it("make postgres the owner of the database, and so of the public schema", async () => {
    await trying(async ({ value }) => {
      expect(await value("select nspowner::regrole::text from pg_namespace where nspname = 'public'")).toBe(
        "pg_database_owner",
      );
      expect(await value("select datdba::regrole::text from pg_database where datname = current_database()")).toBe(
        "postgres",
      );
    });
  });

  it.each(["postgres", "anon", "authenticated", "service_role"])(
    "let %s use the schemas of the platform",
    async (role) => {
      await trying(async ({ run }) => {
        const schemas = await run(
          `select nspname from pg_namespace where has_schema_privilege($1, oid, 'usage')
         and nspname in ('public', 'auth', 'storage', 'realtime', 'extensions', 'graphql_public') order by 1`,
          [role],
        );
        expect(schemas.map(({ nspname }) => nspname)).toEqual([
          "auth",
          "extensions",
          "graphql_public",
          "public",
          "realtime",
          "storage",
        ]);
      });
    },
  );

  it.each(["auth", "storage", "realtime"])("let nobody but the platform create in %s", async (schema) => {
    await trying(async ({ run, refusal }) => {
      expect(
        await run(
          `select rolname from pg_roles where has_schema_privilege(oid, $1, 'create')
           and rolname in ('postgres', 'anon', 'authenticated', 'service_role')`,
          [schema],
        ),
      ).toEqual([]);
      const denied = `42501 permission denied for schema ${schema}`;
      expect(await refusal(`create table ${schema}.notes (id int)`)).toBe(denied);
      expect(await refusal(`create view ${schema}.notes as select 1`)).toBe(denied);
      expect(await refusal(`create function ${schema}.notes() returns int language sql as 'select 1'`)).toBe(denied);
      expect(await refusal(`drop schema ${schema} cascade`)).toMatch(/^42501 must be owner of schema/);
    });
  });

  it("let nobody read or write a new table through the API until it is granted", async () => {
    await trying(async ({ run, refusal }) => {
      await run("create table public.notes (id int)");
      for (const role of ["anon", "authenticated", "service_role"]) {
        await run(`set local role ${role}`);
        for (const statement of [
          "select * from public.notes",
          "insert into public.notes values (1)",
          "update public.notes set id = 1",
          "delete from public.notes",
        ]) {
          expect(await refusal(statement)).toBe("42501 permission denied for table notes");
        }
      }
    });
  });

  it("still give the API's roles truncate, references and trigger on a new table, as hosted projects do", async () => {
    await trying(async ({ run, value }) => {
      await run("create table public.notes (id int)");
      const granted = await value(
        `select string_agg(distinct privilege_type, ' ' order by privilege_type)
         from pg_class, aclexplode(relacl) where relname = 'notes' and grantee = 'anon'::regrole`,
      );
      const everywhere = "REFERENCES TRIGGER TRUNCATE";
      expect(granted).toBe(
        Number(await value("show server_version_num")) >= 170000 ? `MAINTAIN ${everywhere}` : everywhere,
      );
      await run("set local role anon");
      await run("truncate public.notes");
    });
  });

  it("let everybody execute a new function, through PUBLIC, until it is revoked from PUBLIC", async () => {
    await trying(async ({ run, value, refusal }) => {
      await run("create function public.answer() returns int language sql as 'select 42'");
      await run("set local role anon");
      expect(await value("select public.answer()")).toBe(42);
      await run("reset role");
      await run("revoke execute on function public.answer() from public");
      await run("set local role anon");
      expect(await refusal("select public.answer()")).toBe("42501 permission denied for function answer");
    });
  });

  it("ignore a revoke of execute from PUBLIC in a schema's default privileges", async () => {
    await trying(async ({ run, value }) => {
      await run("alter default privileges in schema public revoke execute on functions from public");
      await run("create function public.answer() returns int language sql as 'select 42'");
      expect(await value("select has_function_privilege('anon', 'public.answer()', 'execute')")).toBe(true);
    });
  });

  it("let postgres change its own default privileges, and no one else's", async () => {
    await trying(async ({ run, value, refusal }) => {
      await run("alter default privileges in schema public revoke all on tables from anon");
      await run("create table public.notes (id int)");
      expect(await value("select has_table_privilege('anon', 'public.notes', 'truncate')")).toBe(false);
      expect(
        await refusal(
          "alter default privileges for role supabase_admin in schema public revoke all on tables from anon",
        ),
      ).toMatch(/^42501 /);
    });
  });

  it("offer the extensions that a project starts with, in the schema extensions", async () => {
    const extensions = await trying(({ run }) =>
      run("select extname from pg_extension where extnamespace = 'extensions'::regnamespace order by 1"),
    );
    expect(extensions.map(({ extname }) => extname)).toEqual(["pg_stat_statements", "pgcrypto", "uuid-ossp"]);
  });

  it.each(["citext", "moddatetime", "postgres_fdw", "dblink"])(
    "let postgres add %s, and remove it again",
    async (name) => {
      await trying(async ({ run, value, refusal }) => {
        await run(`create extension ${name} schema extensions`);
        expect(await value("select rolsuper from pg_roles where rolname = 'postgres'")).toBe(false);
        expect(await refusal("alter role postgres superuser")).toMatch(/^42501 /);
        await run(`drop extension ${name}`);
      });
    },
  );

  it.each(["file_fdw", "adminpack", "pageinspect", "plperlu"])("refuse %s, as a hosted project does", async (name) => {
    await trying(async ({ value, refusal }) => {
      expect(await refusal(`create extension ${name}`)).toMatch(
        /^(42501 permission denied|0A000 .*not available|58P01 )/,
      );
      expect(await value("select rolsuper from pg_roles where rolname = 'postgres'")).toBe(false);
    });
  });

  it("let postgres load data without firing triggers, which PostgreSQL keeps to superusers", async () => {
    await trying(async ({ run, refusal }) => {
      await run("set local session_replication_role = 'replica'");
      expect(await refusal("alter table storage.objects disable row level security")).toMatch(/^42501 /);
      expect(await refusal("set local zero_damaged_pages = on")).toMatch(/^42501 /);
    });
  });

  it("use UTF-8, the locale C.UTF-8, UTC and logical replication", async () => {
    await trying(async ({ value }) => {
      expect(await value("show server_encoding")).toBe("UTF8");
      expect(await value("select datcollate from pg_database where datname = current_database()")).toBe("C.UTF-8");
      expect(await value("show timezone")).toBe("UTC");
      expect(await value("show wal_level")).toBe("logical");
    });
  });
});
