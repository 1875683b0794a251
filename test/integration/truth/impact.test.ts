import type pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { reachChanges } from "../../../infra/access/impact/change.ts";
import { reachFacts } from "../../../infra/access/reach/facts.ts";
import type { Reachable } from "../../../infra/access/reach/reachable.ts";
import { readReachable } from "../../../infra/access/reach/read.ts";
import type { Properties } from "../../../infra/values/properties.ts";
import { objectSamples, sharedSetup } from "../../kinds/index.ts";
import { type OpenDatabase, openDatabase } from "../../support/open-database.ts";
import { DirectProvider, kindOf } from "./direct.ts";

const setup = `
  create schema private;
  grant usage on schema private to authenticated;
  set role postgres;
  create table public.tasks (id int primary key, owner_id text, title text);
  revoke all on public.tasks from anon, authenticated, service_role;
  alter table public.tasks enable row level security;
  create view public.shown with (security_invoker) as select id, title from public.tasks;
  grant select on public.shown to authenticated;
  create publication supabase_changes;
  insert into storage.buckets (id, name, public) values ('avatars', 'avatars', false), ('logos', 'logos', false);
  create policy "logos: read" on storage.objects for select to authenticated using (bucket_id = 'logos');
  reset role;
  create function private.mine() returns setof text language sql stable security definer set search_path = ''
    as $$ select 'a' $$;
  create function private.admin() returns boolean language plpgsql stable set search_path = ''
    as $$ begin return 'a' in (select private.mine()); end $$;
  alter function private.mine() owner to postgres; alter function private.admin() owner to postgres;
  revoke execute on function private.mine(), private.admin() from public;
  grant execute on function private.mine(), private.admin() to authenticated;
  alter schema private owner to postgres;
  set role postgres;
  create table public.notes (id int primary key, owner_id text);
  revoke all on public.notes from anon, authenticated, service_role;
  alter table public.notes enable row level security;
  create policy notes_read on public.notes for select to authenticated using (owner_id in (select private.mine()));
  create policy notes_write on public.notes for delete to authenticated using (private.admin());
  create policy "avatars: write" on storage.objects for insert to anon with check (bucket_id = 'avatars' and private.admin());
  grant select on public.notes to authenticated;
  create function public.note_task() returns trigger language plpgsql security definer set search_path = '' as 'begin return new; end';
  create function public.count_task() returns trigger language plpgsql as 'begin return null; end';
  create trigger count before truncate on public.tasks for each statement execute function public.count_task();
  reset role`;

const mine = { command: "select", roles: ["authenticated"], using: "owner_id = 'a'" };
const privateFunction = (body: string, definer = "security definer ") =>
  `create function private.mine() returns setof text language sql stable ${definer}set search_path = '' as $$ ${body} $$`;

/** A declaration on the database above, and what a reviewer of its preview is told of it. */
interface Case {
  readonly title: string;
  /** SQL that comes before, by a superuser. */
  readonly given?: string;
  readonly kind: string;
  readonly input: Properties;
  readonly told: readonly string[];
}

const atTruncation = {
  ...{ table: "public.tasks", name: "count" },
  ...{ timing: "before", events: ["truncate"], forEach: "statement" },
};

const cases: readonly Case[] = [
  {
    title: "a table's policy, with what a view of it shows then",
    kind: "TableAccess",
    input: { table: "public.tasks", policies: { mine }, grants: { authenticated: ["select"] } },
    told: [
      "info: authenticated gains select: the rows its policies let through",
      "info: authenticated gains select through the view public.shown: rows of public.tasks",
    ],
  },
  {
    title: "a policy on the files of one bucket",
    kind: "Policy",
    input: {
      ...{ table: "storage.objects", name: "avatars: read", command: "select", roles: ["authenticated"] },
      using: "bucket_id = 'avatars' and owner_id = 'a'",
    },
    told: ["info: authenticated gains select on files of avatars: the files its policies let through"],
  },
  {
    title: "a policy for everybody on every file of two buckets",
    kind: "Policy",
    input: {
      ...{ table: "storage.objects", name: "all: delete", command: "delete", roles: ["public"] },
      using: "bucket_id in ('avatars', 'logos')",
    },
    told: [
      "warning: anon and authenticated gain delete on files of avatars: every file",
      "warning: anon and authenticated gain delete on files of logos: every file",
    ],
  },
  {
    title: "a policy on files that names no bucket",
    kind: "Policy",
    input: {
      ...{ table: "storage.objects", name: "mine: delete", command: "delete", roles: ["authenticated"] },
      using: "owner_id = 'a' or bucket_id = 'avatars'",
    },
    told: ["info: authenticated gains delete on files of any bucket: the files its policies let through"],
  },
  {
    title: "a list of policies that drops one",
    kind: "ExclusivePolicies",
    input: { table: "storage.objects", policies: ["avatars: write"] },
    told: ["info: authenticated loses select on files of logos: was every file"],
  },
  {
    title: "channels",
    kind: "Policy",
    input: {
      ...{ table: "realtime.messages", name: "listen", command: "select", roles: ["authenticated"] },
      using: "realtime.topic() = 'a'",
    },
    told: ["info: authenticated gains select on realtime.messages: the rows its policies let through"],
  },
  {
    title: "a bucket that becomes public",
    kind: "Bucket",
    input: { name: "avatars", public: true },
    told: ["warning: everybody gains download: every file by its URL, whatever the policies say"],
  },
  {
    title: "a bucket that stops being public",
    given: "update storage.buckets set public = true where id = 'avatars'",
    kind: "Bucket",
    input: { name: "avatars" },
    told: ["info: everybody loses download: every file by its URL, whatever the policies say"],
  },
  {
    title: "a published table",
    kind: "Publication",
    input: { name: "supabase_realtime", tables: ["public.notes"] },
    told: [
      "info: authenticated gains subscribe on public.notes: changes of the rows its policies let through; of deleted rows the key, whatever the policies say",
    ],
  },
  {
    title: "a function that everybody may execute",
    kind: "Function",
    input: {
      definition: `create function public.wipe() returns void language sql security definer set search_path = '' as 'delete from public.tasks'`,
      execute: ["public"],
    },
    told: ["warning: everybody gains execute: with the rights of postgres, who bypasses row-level security"],
  },
  {
    title: "a function with other rights, and the policies that call it",
    kind: "Function",
    input: { definition: privateFunction("select 'a'", ""), execute: ["authenticated"] },
    told: [
      "info: authenticated keeps execute: with its caller's rights instead of with the rights of postgres, who bypasses row-level security",
      "info: private.mine() is used by 3 policies on 1 table and 1 bucket (2 through other functions), for anon and authenticated",
    ],
  },
  {
    title: "another body, by the policies that call it",
    kind: "Function",
    input: { definition: privateFunction("select 'b'"), execute: ["authenticated"] },
    told: [
      "info: private.mine() is used by 3 policies on 1 table and 1 bucket (2 through other functions), for anon and authenticated",
    ],
  },
  {
    title: "a function that does the same in other words",
    kind: "Function",
    input: { definition: privateFunction("select 'a'").replace("create function", "CREATE FUNCTION"), execute: [] },
    told: ["info: authenticated loses execute: with the rights of postgres, who bypasses row-level security"],
  },
  {
    title: "a schema that may be used, with what is in it",
    kind: "Schema",
    input: { name: "private", grants: { authenticated: ["usage"], anon: ["usage"], service_role: ["create"] } },
    given: "grant execute on function private.mine() to anon",
    told: [
      "warning: anon gains usage: naming what is in it, and so execute on 1 function",
      "info: service_role gains create: making objects in it, which can hide objects that others call",
    ],
  },
  {
    title: "a trigger that comes, which runs with its owner's rights",
    kind: "Trigger",
    input: {
      ...{ table: "public.tasks", name: "note", timing: "after", events: ["insert", "update"], updateOf: ["title"] },
      ...{ function: "public.note_task()", forEach: "row" },
    },
    told: [
      "info: runs public.note_task() with the rights of its owner postgres, who bypasses row-level security, whenever a row of public.tasks is inserted or updated in title",
    ],
  },
  {
    title: "a trigger that is switched off",
    kind: "Trigger",
    input: { ...atTruncation, function: "public.count_task()", enabled: "disabled" },
    told: [
      "info: no longer runs public.count_task() with the rights of whoever does it whenever public.tasks is truncated",
    ],
  },
  {
    title: "a trigger that runs another function",
    kind: "Trigger",
    input: { ...atTruncation, function: "public.note_task()" },
    told: [
      "info: runs public.note_task() with the rights of its owner postgres, who bypasses row-level security, whenever public.tasks is truncated; until now it runs public.count_task() with the rights of whoever does it whenever public.tasks is truncated",
    ],
  },
];

describe.each([17, 15] as const)("what a preview says of who gains and who loses, on PostgreSQL %d", (major) => {
  let open: OpenDatabase;
  beforeAll(async () => {
    open = await openDatabase(major);
    await open.client.query(setup);
  });
  afterAll(() => open.close());

  it.each(cases)("is right for $title", async ({ given = "", kind, input, told }) => {
    const { client, database } = open;
    const undo = given === "" ? "" : undoOf(given);
    await client.query(given);
    const provider = new DirectProvider(database.url, { adopt: true });
    try {
      const desired = (await provider.check(kind, "x", input)) as Properties;
      expect(Array.isArray(desired), JSON.stringify(desired)).toBe(false);
      const id = kindOf(kind).identify(desired);
      const live = kindOf(kind).find(await provider.operation.snapshot(), id);
      if (live === undefined || kind === "ExclusivePolicies") await provider.previewCreate(kind, "x", desired);
      else {
        const found = await provider.read(kind, "x", { id, inputs: desired, kept: {} });
        await provider.previewUpdate(kind, "x", found?.inputs ?? {}, desired);
      }
      expect(provider.messages.flatMap(readNotes)).toEqual(told);
    } finally {
      await provider.close();
      await client.query(undo);
    }
  });
});

describe("who reaches what by a kind's declaration", () => {
  let open: OpenDatabase;
  beforeAll(async () => {
    open = await openDatabase(17);
    await open.client.query(sharedSetup);
  });
  afterAll(() => open.close());

  it.each(objectSamples.filter(({ kind }) => kindOf(kind).reachAfter !== undefined))(
    "is who reaches what once a $kind is declared",
    async (sample) => {
      const { client, database } = open;
      const key = `planned_${sample.kind.toLowerCase()}`;
      await client.query(`set role postgres; ${sample.setup?.(key) ?? ""}; reset role`);
      const kind = kindOf(sample.kind);
      const provider = new DirectProvider(database.url, { adopt: true });
      try {
        const desired = (await provider.check(sample.kind, key, sample.input(key))) as Properties;
        const before = await readNow(client);
        const planned = kind.reachAfter?.(before, desired, "declared") as Reachable;
        await provider.create(sample.kind, key, desired);
        const after = await readNow(client);
        expect(differencesOf(planned, after)).toEqual([]);
        expect(differencesOf(kind.reachAfter?.(after, desired, "declared") as Reachable, after)).toEqual([]);
      } finally {
        await provider.close();
      }
    },
  );
});

/** The sentences about access, each with its severity. */
function readNotes(message: string): readonly string[] {
  const [, severity = "", lines = ""] = /^(\w+): x: ([\s\S]*)$/.exec(message) ?? [];
  return lines
    .split("\n")
    .filter((line) => /(?:^| )(gains?|loses?|keeps?|reach(es)?|is refused|is used|runs) /.test(line))
    .map((line) => `${severity}: ${line}`);
}

function undoOf(given: string): string {
  if (given.startsWith("grant")) return given.replace("grant", "revoke").replace(" to ", " from ");
  return given.replace("true", "false");
}

async function readNow(client: pg.Client): Promise<Reachable> {
  return await readReachable({
    run: async (script) => [await client.query(script)].flat().map(({ rows }) => rows),
  });
}

/** Conditions are the server's to word: that they are there is what counts. */
function differencesOf(left: Reachable, right: Reachable): readonly unknown[] {
  const roles = [...right.roles.keys(), "public"];
  const facts = (reachable: Reachable) =>
    reachFacts(reachable, { roles, all: true }).map(({ conditions, ...fact }) => ({
      ...fact,
      ...(conditions && { conditions: conditions.map(() => "") }),
    }));
  return reachChanges(facts(left), facts(right));
}
