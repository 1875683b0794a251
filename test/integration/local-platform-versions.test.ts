import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ensureLocalDatabase } from "../../infra/local/index.ts";
import { makeClone } from "./local-platform-clone.ts";
import { ask } from "./local-platform-processes.ts";
import { describeSchemas } from "./local-platform-real-schema.ts";

describe("the local database of a clone", () => {
  it.each([17, 15] as const)(
    "is brought to the present version, with its rows, where an earlier one made it, on %i",
    async (major) => {
      const projectDirectory = makeClone();
      const { url, superuserUrl } = await ensureLocalDatabase({ projectDirectory, major });
      const describe = () => ask(superuserUrl, (session) => describeSchemas(session, ["storage", "auth"]));
      const asMade = await describe();
      await ask(superuserUrl, ({ run }) => run(earlierVersion));
      await ask(url, ({ run }) => run(somebodysRows));
      expect(await describe()).not.toEqual(asMade);
      const file = join(projectDirectory, ".palisade", `postgres-${major}`, "server.json");
      const { repeatable, ...record } = JSON.parse(readFileSync(file, "utf8"));
      expect(repeatable).toMatch(/^[0-9a-f]{16}$/);
      writeFileSync(file, JSON.stringify({ ...record, platform: "2f2aab637856cdfd" }));

      // Somebody at work is not waited for, and nothing is half done.
      await ask(url, async ({ run }) => {
        await run("begin; lock table storage.objects in share mode");
        await expect(ensureLocalDatabase({ projectDirectory, major })).rejects.toThrow(
          /lock timeout[\s\S]*Nothing has been changed/,
        );
        await run("rollback");
      });
      expect(JSON.parse(readFileSync(file, "utf8")).repeatable).toBeUndefined();

      const lines: string[] = [];
      const report = (line: string) => lines.push(line);
      await ensureLocalDatabase({ projectDirectory, major, report });
      await ensureLocalDatabase({ projectDirectory, major, report });
      expect(lines).toEqual(["Bringing the local database to the present version; its rows stay."]);
      expect(await describe()).toEqual(asMade);
      expect(JSON.parse(readFileSync(file, "utf8"))).toEqual({ ...record, repeatable });
      await ask(url, async ({ run, value }) => {
        expect(await run("select name, is_delete_marker from storage.objects")).toEqual([
          { name: "plan.pdf", is_delete_marker: false },
        ]);
        expect(await value("select versioning_status from storage.buckets")).toBe("DISABLED");
        expect(await value("select status::text from auth.mfa_factors")).toBe("unverified");
        expect(await value("select polname from pg_policy")).toBe("ours");
        await run("alter publication supabase_realtime add table storage.objects");
        await run("drop policy ours on storage.objects");
      });
    },
  );
});

/** Takes away what the version before had not: what infra/local/platform/repeatable adds to tables, and the functions that it alone makes. */
const earlierVersion = `
  do $$
  declare
    name text;
  begin
    for name in select p.oid::regprocedure from pg_proc p where pronamespace = 'storage'::regnamespace
      and proname ~ '^(allow_|can_insert|get_|list_|operation|search)' loop
      execute 'drop function ' || name;
    end loop;
  end
  $$;
  alter table storage.objects drop column archived_at, drop column is_delete_marker, drop column is_versioned;
  alter table storage.buckets drop constraint buckets_versioning_status_check,
    drop constraint buckets_versioning_standard_only_check,
    alter column versioning_status drop not null, alter column versioning_status drop default;
  alter table storage.s3_multipart_uploads drop column metadata;
  drop index storage.idx_objects_bucket_id_name, storage.idx_objects_bucket_id_name_lower, storage.idx_multipart_uploads_list;
  grant all on storage.s3_multipart_uploads, storage.s3_multipart_uploads_parts to postgres;
  alter table auth.mfa_factors drop column friendly_name, drop column factor_type, drop column status, drop column secret,
    drop column phone, drop column last_challenged_at, drop column web_authn_credential, drop column web_authn_aaguid,
    drop column last_webauthn_challenge_data;
  drop index auth.factor_id_created_at_idx, auth.mfa_factors_user_id_idx;
  drop type auth.factor_type, auth.factor_status;
  drop event trigger palisade_1_note_role;
  create event trigger palisade_1_note_role on ddl_command_start
    when tag in ('CREATE POLICY', 'ALTER POLICY', 'DROP POLICY', 'DROP TRIGGER', 'COMMENT', 'CREATE EXTENSION', 'ALTER EXTENSION')
    execute function pg_catalog.palisade_note_role();
  revoke set on parameter pgrst.db_schemas from postgres`;

const somebodysRows = `
  insert into storage.buckets (id, name) values ('attachments', 'attachments');
  insert into storage.objects (bucket_id, name) values ('attachments', 'plan.pdf');
  with someone as (insert into auth.users (id) values (gen_random_uuid()) returning id)
  insert into auth.mfa_factors (id, user_id, created_at, updated_at) select id, id, now(), now() from someone;
  create policy ours on storage.objects using (true)`;
