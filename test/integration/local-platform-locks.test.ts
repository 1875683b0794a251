import { afterAll, expect, it } from "vitest";
import { describePlatform, openSession, type Platform, type Session } from "./local-platform.ts";

const sessionCount = 8;

describePlatform("sessions that change policies at the same time", ({ database, trying }) => {
  const { open, closeAll } = collectSessions(database);
  afterAll(closeAll);

  it("don't wait for each other while each is in a transaction on a table of its own", async () => {
    const sessions = await Promise.all(Array.from({ length: sessionCount }, () => open()));
    const [first] = sessions;
    for (const number of sessions.keys()) {
      await first?.run(`create table public.own_${number} (id int)`);
    }
    for (const { run } of sessions) {
      await run("begin");
      await run("set local lock_timeout = '2s'");
    }
    // One after the other, so that every transaction is still open when the next one changes its policies.
    for (const [number, { run }] of sessions.entries()) {
      await run(`create policy ours on public.own_${number} using (true)`);
      await run(`comment on policy ours on public.own_${number} is 'ours'`);
    }
    for (const { run } of sessions) {
      await run("commit");
    }
    expect(await first?.value("select count(*)::int from pg_policy where polname = 'ours'")).toBe(sessionCount);
  });

  it("neither fail nor deadlock when they hurry", async () => {
    const sessions = await Promise.all(Array.from({ length: sessionCount }, () => open()));
    await Promise.all(
      sessions.map(async ({ run }, number) => {
        await run(`create table public.busy_${number} (id int)`);
        for (let round = 0; round < 20; round += 1) {
          await run("begin");
          await run(`create policy a on public.busy_${number} using (true)`);
          await run("savepoint half_way");
          await run(`create policy b on public.busy_${number} using (false)`);
          await run("rollback to savepoint half_way");
          await run(`alter policy a on public.busy_${number} using (id > ${round})`);
          await run(`drop policy a on public.busy_${number}`);
          await run(round % 2 === 0 ? "commit" : "rollback");
        }
      }),
    );
    await trying(async ({ value }) => {
      expect(await value("select count(*)::int from pg_auth_members where roleid::bigint > 2147483647")).toBe(0);
      expect(await value("select pg_has_role('postgres', 'supabase_storage_admin', 'usage')")).toBe(false);
    });
  });

  it("wait for each other on one table of the platform, as for any table, and then both succeed", async () => {
    const [one, two] = [await open(), await open()];
    await one.run("begin");
    await one.run("create policy first on storage.objects using (true)");
    let done = false;
    const second = two.run("create policy second on storage.objects using (true)").then(() => {
      done = true;
    });
    while (!(await one.value("select exists (select from pg_locks where not granted)"))) expect(done).toBe(false);
    expect(done).toBe(false);
    await one.run("commit");
    await second;
    await one.run("drop policy first on storage.objects");
    await one.run("drop policy second on storage.objects");
  });

  it("see a session that is ended half-way leave nothing behind", async () => {
    const [victim, witness] = [await open(), await open()];
    await victim.run("begin");
    await victim.run("create policy lost on storage.objects using (true)");
    await witness.run("select pg_terminate_backend($1, 5000)", [await victim.value("select pg_backend_pid()")]);
    expect(await witness.value("select count(*)::int from pg_policy where polname = 'lost'")).toBe(0);
    await witness.run("create policy lost on storage.objects using (true)");
    await witness.run("drop policy lost on storage.objects");
  });
});

describePlatform("the setting palisade.platform_locks", ({ database, trying }) => {
  const { open, closeAll } = collectSessions(database);
  afterAll(closeAll);

  const locked = `select relation::regclass::text as name from pg_locks
    where pid = pg_backend_pid() and mode = 'AccessExclusiveLock' and locktype = 'relation'
    and relation::regclass::text in ('auth.users', 'auth.sessions', 'storage.objects', 'storage.buckets', 'realtime.messages')
    order by 1`;

  it("is off unless told: a policy statement locks its own table alone", async () => {
    await trying(async ({ run }) => {
      await run("create table public.notes (id int)");
      await run("create policy ours on public.notes using (true)");
      expect(await run(locked)).toEqual([]);
    });
  });

  it.each([
    "create policy ours on public.notes using (true)",
    "alter policy theirs on public.notes using (false)",
    "drop policy theirs on public.notes",
    "create policy ours on pg_temp.scratch using (true)",
    "drop trigger theirs on public.notes",
  ])("when on, makes `%s` lock the platform's tables until the transaction ends", async (statement) => {
    await trying(async ({ run }) => {
      await run("create table public.notes (id int); create temp table scratch (id int)");
      await run("create policy theirs on public.notes using (true)");
      await run(`create trigger theirs before update on public.notes for each row
        execute function suppress_redundant_updates_trigger()`);
      await run("set local palisade.platform_locks = 'on'");
      expect(await run(locked)).toEqual([]);
      await run(statement);
      expect((await run(locked)).map(({ name }) => name)).toEqual([
        "auth.sessions",
        "auth.users",
        "realtime.messages",
        "storage.buckets",
        "storage.objects",
      ]);
    });
  });

  it("when on, takes no such locks for a temporary view or any other statement", async () => {
    await trying(async ({ run }) => {
      await run("set local palisade.platform_locks = 'on'");
      await run("create table public.notes (id int)");
      await run("create temp view probe as select 1 as x from public.notes where (id = 1)");
      await run("grant select on public.notes to authenticated");
      await run("comment on table public.notes is 'ours'");
      expect(await run(locked)).toEqual([]);
    });
  });

  it("when on, lets a policy statement run into lock_timeout while somebody reads users", async () => {
    const [reader, writer] = [await open(), await open()];
    await reader.run("begin");
    await reader.run("select * from auth.users");
    await writer.run("create table public.waiting (id int)");
    await writer.run("set lock_timeout = '100ms'");
    await writer.run("set palisade.platform_locks = 'on'");
    await expect(writer.run("create policy ours on public.waiting using (true)")).rejects.toMatchObject({
      code: "55P03",
    });
    await reader.run("rollback");
    await writer.run("create policy ours on public.waiting using (true)");
  });

  it("can be set for a whole database", async () => {
    const session = await open();
    const name = database().database;
    await session.run(`alter database ${name} set palisade.platform_locks = 'on'`);
    const later = await open();
    expect(await later.value("show palisade.platform_locks")).toBe("on");
    await session.run(`alter database ${name} reset palisade.platform_locks`);
  });
});

describePlatform("the price of a policy statement", ({ trying }) => {
  it("grows with their number, not with its square", async () => {
    const [few, many]: [number[], number[]] = [[], []];
    // In turn, and the best of each: other work on the machine only ever adds.
    for (let attempt = 0; attempt < 5; attempt += 1) {
      few.push(await timePolicies(500));
      many.push(await timePolicies(2_000));
    }
    // Four times as many take four times as long, or sixteen times.
    expect(Math.min(...many) / Math.min(...few)).toBeLessThan(10);
  });

  async function timePolicies(count: number): Promise<number> {
    const statements = Array.from(
      { length: count },
      (_, number) => `create policy p${number} on public.notes using (true)`,
    );
    return await trying(async ({ run }) => {
      await run("create table public.notes (id int)");
      const start = performance.now();
      await run(statements.join(";"));
      return performance.now() - start;
    });
  }
});

function collectSessions(database: Platform["database"]): {
  readonly open: () => Promise<Session>;
  readonly closeAll: () => Promise<void>;
} {
  const sessions: Session[] = [];
  return {
    async open() {
      const session = await openSession(database().url);
      sessions.push(session);
      return session;
    },
    async closeAll() {
      await Promise.all(sessions.map(({ client }) => client.end()));
    },
  };
}
