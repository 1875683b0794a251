import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { ensureLocalDatabase, removeLocalDatabase } from "../../infra/local/index.ts";
import { stopPostmaster } from "../../infra/local/postmaster.ts";
import { ask, entry, isAlive, postmasterOf, readLine, runScript, until } from "./local-platform-processes.ts";
import { describeSchemas } from "./local-platform-real-schema.ts";

const folders: string[] = [];

afterEach(async () => {
  for (const folder of folders.splice(0)) {
    await removeLocalDatabase({ projectDirectory: folder });
    rmSync(folder, { recursive: true, force: true });
  }
});

describe("the local database of a clone", () => {
  it("is made once, then found running, which is no making again, and answers as postgres", async () => {
    const projectDirectory = makeClone();
    const lines: string[] = [];
    const report = (line: string) => lines.push(line);
    const began = performance.now();
    const first = await ensureLocalDatabase({ projectDirectory, major: 17, report });
    const making = performance.now() - began;
    expect(lines).toEqual(["Making a local PostgreSQL 17 that behaves as a hosted project."]);
    const times: number[] = [];
    for (let attempt = 0; attempt < 5; attempt += 1) {
      const start = performance.now();
      expect(await ensureLocalDatabase({ projectDirectory, major: 17, report })).toEqual(first);
      times.push(performance.now() - start);
    }
    expect(Math.min(...times)).toBeLessThan(making / 5);
    expect(lines).toHaveLength(1);
    await ask(first.url, async ({ value }) => {
      expect(await value("select current_user || '@' || current_database()")).toBe("postgres@postgres");
      expect(await value("select current_setting('server_version_num')::int / 10000")).toBe(17);
    });
    await ask(first.superuserUrl, async ({ value }) => {
      expect(await value("select current_user::text")).toBe("supabase_admin");
    });
  });

  it("keeps its secrets from other accounts", async () => {
    const projectDirectory = makeClone();
    await ensureLocalDatabase({ projectDirectory });
    const file = join(projectDirectory, ".palisade", "postgres-17", "server.json");
    expect((statSync(file).mode & 0o777).toString(8)).toBe("600");
  });

  it("keeps data, port and passwords when it is stopped and started again", async () => {
    const projectDirectory = makeClone();
    const first = await ensureLocalDatabase({ projectDirectory });
    await ask(first.url, ({ run }) => run("create table public.kept as select 1 as id"));
    const { pid } = readStored(projectDirectory);
    process.kill(pid, "SIGINT");
    await until(() => !isAlive(pid));
    const second = await ensureLocalDatabase({ projectDirectory });
    expect(second).toEqual(first);
    expect(await ask(second.url, ({ value }) => value("select id from public.kept"))).toBe(1);
  });

  it("survives the kill of its server, with everything that was committed", async () => {
    const projectDirectory = makeClone();
    const first = await ensureLocalDatabase({ projectDirectory });
    await ask(first.url, ({ run }) => run("create table public.kept as select 1 as id"));
    const { pid } = readStored(projectDirectory);
    process.kill(pid, "SIGKILL");
    await until(() => !isAlive(pid));
    const second = await ensureLocalDatabase({ projectDirectory });
    expect(await ask(second.url, ({ value }) => value("select id from public.kept"))).toBe(1);
  });

  it("starts although, after a reboot, another program has its old process number", async () => {
    const projectDirectory = makeClone();
    await ensureLocalDatabase({ projectDirectory });
    const { folder = join(projectDirectory, ".palisade", "postgres-17"), pid } = readStored(projectDirectory);
    process.kill(pid, "SIGKILL");
    await until(() => !isAlive(pid));
    const bystander = spawn("sleep", ["60"], { stdio: "ignore" });
    try {
      const file = join(folder, "data", "postmaster.pid");
      const [, ...rest] = readFileSync(file, "utf8").split("\n");
      writeFileSync(file, [bystander.pid, ...rest].join("\n"));
      const { url } = await ensureLocalDatabase({ projectDirectory });
      expect(await ask(url, ({ value }) => value("select 1"))).toBe(1);
      expect(bystander.exitCode).toBeNull();
    } finally {
      bystander.kill();
    }
  });

  it("moves to another port when somebody else took its own, and stays there", async () => {
    const projectDirectory = makeClone();
    const first = await ensureLocalDatabase({ projectDirectory });
    const { pid } = readStored(projectDirectory);
    process.kill(pid, "SIGINT");
    await until(() => !isAlive(pid));
    const squatter = createServer().listen(first.port, "127.0.0.1");
    await once(squatter, "listening");
    const second = await ensureLocalDatabase({ projectDirectory });
    squatter.close();
    expect(second.port).not.toBe(first.port);
    expect(await ensureLocalDatabase({ projectDirectory })).toEqual(second);
    expect(await ask(second.url, ({ value }) => value("select 1"))).toBe(1);
  });

  it.each(["before there was a record", "after its data were removed by hand"])(
    "is begun anew when an attempt was broken off %s",
    async (when) => {
      const projectDirectory = makeClone();
      const first = await ensureLocalDatabase({ projectDirectory });
      await ask(first.url, ({ run }) => run("create table public.left as select 1 as id"));
      const { folder = join(projectDirectory, ".palisade", "postgres-17") } = readStored(projectDirectory);
      const hasRecord = when === "after its data were removed by hand";
      if (hasRecord) await stopPostmaster(join(folder, "data"), "immediate");
      else rmSync(join(projectDirectory, ".palisade", "postgres-17", "server.json"));
      writeFileSync(join(folder, "unfinished"), "");
      const { url } = await ensureLocalDatabase({ projectDirectory });
      expect(await ask(url, ({ value }) => value("select to_regclass('public.left')"))).toBeNull();
      expect(existsSync(join(folder, "unfinished"))).toBe(false);
    },
  );

  it.each([17, 15] as const)(
    "keeps its rows when its record is emptied, cut off or gone, whether or not the server runs, on %i",
    async (major) => {
      const projectDirectory = makeClone();
      const first = await ensureLocalDatabase({ projectDirectory, major });
      await ask(first.url, ({ run }) => run("create table public.kept as select 1 as id"));
      const file = join(projectDirectory, ".palisade", `postgres-${major}`, "server.json");
      const { pid, folder = join(projectDirectory, ".palisade", `postgres-${major}`) } = readStored(
        projectDirectory,
        major,
      );
      const damages: readonly (() => void)[] = [
        () => writeFileSync(file, ""),
        () => writeFileSync(file, readFileSync(file, "utf8").slice(0, 40)),
        () => rmSync(file),
      ];
      for (const damage of damages) {
        damage();
        const lines: string[] = [];
        const { url } = await ensureLocalDatabase({ projectDirectory, major, report: (line) => lines.push(line) });
        expect(await ask(url, ({ value }) => value("select id from public.kept"))).toBe(1);
        expect(lines.join("\n")).toMatch(/server\.json is missing or damaged.*keeps its data/);
      }
      // The same after the server was killed, with its own file emptied as well.
      const { pid: last } = readStored(projectDirectory, major);
      process.kill(last, "SIGKILL");
      await until(() => !isAlive(last) && !isAlive(pid));
      writeFileSync(join(folder, "data", "postmaster.pid"), "");
      writeFileSync(file, "");
      const { url } = await ensureLocalDatabase({ projectDirectory, major });
      expect(await ask(url, ({ value }) => value("select id from public.kept"))).toBe(1);
    },
  );

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

  it("is never replaced by a new one when its data can't be opened, and says what to do", async () => {
    const projectDirectory = makeClone();
    await ensureLocalDatabase({ projectDirectory });
    const { pid, folder = join(projectDirectory, ".palisade", "postgres-17") } = readStored(projectDirectory);
    process.kill(pid, "SIGKILL");
    await until(() => !isAlive(pid));
    const control = join(folder, "data", "global", "pg_control");
    const whole = readFileSync(control);
    writeFileSync(control, "");
    await expect(ensureLocalDatabase({ projectDirectory })).rejects.toThrow(
      /did not start\. Its log, .*server\.log, ends with:.*Nothing has been deleted.*npm run down/s,
    );
    writeFileSync(join(projectDirectory, ".palisade", "postgres-17", "server.json"), "");
    await expect(ensureLocalDatabase({ projectDirectory })).rejects.toThrow(/Nothing has been deleted.*npm run down/s);
    writeFileSync(control, whole);
    const { url } = await ensureLocalDatabase({ projectDirectory });
    expect(await ask(url, ({ value }) => value("select 1"))).toBe(1);
  });

  it.runIf(process.platform === "linux")(
    "is made anew if its folder was deleted while it ran, and that is said",
    async () => {
      const projectDirectory = makeClone();
      await ensureLocalDatabase({ projectDirectory });
      const { pid } = readStored(projectDirectory);
      rmSync(join(projectDirectory, ".palisade"), { recursive: true });
      const lines: string[] = [];
      const { url } = await ensureLocalDatabase({ projectDirectory, report: (line) => lines.push(line) });
      expect(lines[0]).toContain("postgres-17, was deleted while the server ran, and the rows with it");
      expect(await ask(url, ({ value }) => value("select 1"))).toBe(1);
      process.kill(pid, "SIGQUIT");
      await until(() => !isAlive(pid));
    },
  );

  it("is separate for each clone and each major version", async () => {
    const [one, two] = [makeClone(), makeClone()];
    const databases = await Promise.all([
      ensureLocalDatabase({ projectDirectory: one, major: 17 }),
      ensureLocalDatabase({ projectDirectory: one, major: 15 }),
      ensureLocalDatabase({ projectDirectory: two, major: 17 }),
    ]);
    expect(new Set(databases.map(({ port }) => port)).size).toBe(3);
    expect(new Set(databases.map(({ url }) => new URL(url).password)).size).toBe(3);
    const folders = await Promise.all(
      databases.map(({ superuserUrl }) => ask(superuserUrl, ({ value }) => value("show data_directory"))),
    );
    expect(new Set(folders).size).toBe(3);
  });

  it("is started once when two processes ask at the same time, and both get it", async () => {
    const projectDirectory = makeClone();
    const script = `import { ensureLocalDatabase } from ${JSON.stringify(entry)};
      console.log((await ensureLocalDatabase(${JSON.stringify({ projectDirectory })})).url);`;
    const [one, two] = await Promise.all([runScript(script), runScript(script)].map(readLine));
    expect(one).toMatch(/^postgresql:/);
    expect(two).toBe(one);
    expect(await ask(one ?? "", ({ value }) => value("select 1"))).toBe(1);
  });

  it("isn't kept back by the lock of a process that died", async () => {
    const projectDirectory = makeClone();
    const dead = spawn("true");
    await once(dead, "exit");
    mkdirSync(join(projectDirectory, ".palisade"));
    writeFileSync(
      join(projectDirectory, ".palisade", "postgres-17.lock"),
      JSON.stringify({ process: dead.pid, host: hostname() }),
    );
    const { url } = await ensureLocalDatabase({ projectDirectory });
    expect(await ask(url, ({ value }) => value("select 1"))).toBe(1);
  });

  it("lives on after the process that started it", async () => {
    const projectDirectory = makeClone();
    const child = runScript(`import { ensureLocalDatabase } from ${JSON.stringify(entry)};
      console.log((await ensureLocalDatabase(${JSON.stringify({ projectDirectory })})).url);`);
    const url = await readLine(child);
    if (child.exitCode === null) {
      await once(child, "exit");
    }
    expect(await ask(url, ({ value }) => value("select 1"))).toBe(1);
  });

  it("is stopped and removed whole, and removing what isn't there is no error", async () => {
    const projectDirectory = makeClone();
    await ensureLocalDatabase({ projectDirectory, major: 17 });
    await ensureLocalDatabase({ projectDirectory, major: 15 });
    const stored = [17, 15].map((major) => ({ ...readStored(projectDirectory, major) }));
    const lines: string[] = [];
    expect(await removeLocalDatabase({ projectDirectory, report: (line) => lines.push(line) })).toBe(true);
    expect(lines).toContain("Stopping the local PostgreSQL 17.");
    for (const { pid, folder } of stored) {
      expect(isAlive(pid)).toBe(false);
      expect(folder !== undefined && existsSync(folder)).toBe(false);
    }
    expect(existsSync(join(projectDirectory, ".palisade", "postgres-17"))).toBe(false);
    expect(await removeLocalDatabase({ projectDirectory })).toBe(false);
  });

  it("is refused for a version that doesn't exist here, in words that say what to set", async () => {
    const previous = process.env.PALISADE_POSTGRES;
    process.env.PALISADE_POSTGRES = "16";
    try {
      await expect(ensureLocalDatabase({ projectDirectory: makeClone() })).rejects.toThrow(
        'PALISADE_POSTGRES is "16". Set it to 15, 17 or 18, or leave it out for 17.',
      );
    } finally {
      if (previous === undefined) {
        delete process.env.PALISADE_POSTGRES;
      } else {
        process.env.PALISADE_POSTGRES = previous;
      }
    }
  });

  it.runIf(process.getuid?.() === 0)("works for root, in a clone that no other account may enter", async () => {
    mkdirSync("/root", { recursive: true, mode: 0o700 });
    const projectDirectory = makeClone("/root");
    const { url } = await ensureLocalDatabase({ projectDirectory });
    expect(await ask(url, ({ value }) => value("select 1"))).toBe(1);
    const { folder } = readStored(projectDirectory);
    expect(folder).toMatch(/^\/var\/tmp\/palisade-/);
    await ask(url, ({ run }) => run("create table public.kept as select 1 as id"));
    // Wherever the record says the data are: they are not made anew while they are there.
    const file = join(projectDirectory, ".palisade", "postgres-17", "server.json");
    const damaged = [() => "", () => JSON.stringify({ ...readStored(projectDirectory), folder: undefined })];
    for (const write of damaged) {
      writeFileSync(file, write());
      const again = await ensureLocalDatabase({ projectDirectory });
      expect(await ask(again.url, ({ value }) => value("select id from public.kept"))).toBe(1);
      expect(readStored(projectDirectory).folder).toBe(folder);
    }
    await removeLocalDatabase({ projectDirectory });
    expect(existsSync(folder ?? "")).toBe(false);
    expect(existsSync(join(folder ?? "", ".."))).toBe(false);
  });

  it.runIf(process.getuid?.() === 0)("says what to do where an account may not enter its folder", async () => {
    const projectDirectory = makeClone();
    const closed = join(projectDirectory, ".palisade");
    mkdirSync(closed, { mode: 0o700 });
    const refusal = () =>
      readLine(
        runScript(
          `import { ensureLocalDatabase } from ${JSON.stringify(entry)};
             await ensureLocalDatabase(${JSON.stringify({ projectDirectory })}).catch((error) => console.log(error.message));`,
          { uid: 65_534, gid: 65_534 },
        ),
      );
    const sentence = "can't be read or written by this account: run the command as its owner";
    expect(await refusal()).toContain(`${closed} ${sentence}`);
    // The same where Pulumi's state in it was made by another account.
    chownSync(closed, 65_534, 65_534);
    mkdirSync(join(closed, "state"), { mode: 0o700 });
    expect(await refusal()).toContain(`${join(closed, "state")} ${sentence}`);
    rmSync(join(projectDirectory, ".palisade"), { recursive: true });
    writeFileSync(join(projectDirectory, ".palisade"), "");
    await expect(ensureLocalDatabase({ projectDirectory })).rejects.toThrow(
      /\.palisade should be a folder, and is a file/,
    );
    rmSync(join(projectDirectory, ".palisade"));
  });

  it.runIf(process.getuid?.() === 0)("works for an ordinary user, and belongs to them", async () => {
    const projectDirectory = makeClone(tmpdir(), 0o700);
    const nobody = { uid: 65_534, gid: 65_534 };
    chownSync(projectDirectory, nobody.uid, nobody.gid);
    const child = runScript(
      `import { ensureLocalDatabase } from ${JSON.stringify(entry)};
         console.log((await ensureLocalDatabase(${JSON.stringify({ projectDirectory })})).url);`,
      nobody,
    );
    expect(await ask(await readLine(child), ({ value }) => value("select 1"))).toBe(1);
    expect(readStored(projectDirectory).folder).toBeUndefined();
    expect(statSync(join(projectDirectory, ".palisade", "postgres-17", "server.json")).uid).toBe(nobody.uid);
  });

  it.runIf(process.getuid?.() === 0)("keeps its data in the clone where the server's account may enter", async () => {
    const projectDirectory = makeClone();
    await ensureLocalDatabase({ projectDirectory });
    expect(readStored(projectDirectory).folder).toBeUndefined();
    expect(existsSync(join(projectDirectory, ".palisade", "postgres-17", "data", "PG_VERSION"))).toBe(true);
  });
});

function makeClone(parent = tmpdir(), mode = 0o755): string {
  const folder = mkdtempSync(join(parent, "a clone with spaces "));
  chmodSync(folder, mode);
  folders.push(folder);
  return folder;
}

interface Stored {
  readonly folder?: string;
  readonly port: number;
  readonly pid: number;
}

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

/** What a clone remembers of its database, and the server's process. */
function readStored(clone: string, major = 17): Stored {
  const beside = join(clone, ".palisade", `postgres-${major}`);
  const stored: Omit<Stored, "pid"> = JSON.parse(readFileSync(join(beside, "server.json"), "utf8"));
  return {
    ...stored,
    get pid() {
      return postmasterOf(stored.folder ?? beside);
    },
  };
}
