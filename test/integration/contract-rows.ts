import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { jsonTypeOf } from "../../infra/contract/files/database.ts";
import type { Application } from "../support/application.ts";
import { load } from "../support/contract-application.ts";
import { sessionCookie } from "../support/contract-client.ts";
import { missingPostgrest } from "../support/postgrest.ts";
import type { RestProject } from "../support/rest-project.ts";
import { waitFor } from "../support/wait-for.ts";
import { everybody, isMember, organizations } from "./main-job/access/people.ts";

/** What the tests use of a client's requests. */
interface Query extends PromiseLike<Answer> {
  select(columns?: string, options?: object): Query;
  insert(row: object | readonly object[]): Query;
  upsert(row: object, options: object): Query;
  update(values: object): Query;
  delete(): Query;
  eq(column: string, value: unknown): Query;
  order(column: string): Query;
  single(): Query;
}
interface Answer {
  readonly data: unknown;
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly count: number | null;
  readonly status: number;
}
interface Client {
  from(table: string): Query;
  rpc(name: string, values?: object): PromiseLike<Answer>;
  readonly auth: {
    getSession(): Promise<{ data: { session: unknown } }>;
    getClaims(): Promise<{ data: { claims: { sub: string } } | null }>;
    stopAutoRefresh(): Promise<void>;
  };
}

interface Page {
  readonly document: { cookie: string };
}

/** A value of each type that a Prisma schema can give a column. */
const valuesOfTypes = {
  integer: "1",
  smallint: "1",
  bigint: "1",
  real: "1.5",
  "double precision": "1.5",
  "numeric(10,2)": "1.5",
  money: "1",
  oid: "1",
  boolean: "true",
  text: "'t'",
  "character varying(5)": "'t'",
  "character(3)": "'t'",
  uuid: "gen_random_uuid()",
  bytea: "'\\x00'",
  bit: "'1'",
  "bit varying": "'1'",
  inet: "'127.0.0.1'",
  xml: "'<a/>'",
  date: "now()",
  "time without time zone": "now()",
  "time(3) with time zone": "now()",
  "timestamp(3) without time zone": "now()",
  "timestamp(3) with time zone": "now()",
  jsonb: `'{"a": 1}'`,
  json: `'{"a": 1}'`,
  "integer[]": "'{1}'",
  "text[]": "'{t}'",
  "oid[]": "'{1}'",
};

/** The contract's clients against a real PostgREST on the provisioned database. */
export function describeRows(application: Application): void {
  const title = "the contract's clients";
  describe.skipIf(missingPostgrest)(missingPostgrest ? `${title} (skipped: ${missingPostgrest})` : title, () => {
    let project: RestProject;
    beforeAll(async () => {
      project = await application.rest();
      vi.resetModules();
    });
    beforeEach(() => {
      vi.stubEnv("NEXT_PUBLIC_SUPABASE_URL", project.url);
    });
    afterAll(() => {
      vi.resetModules();
    });

    /** The client of a request whose cookies hold somebody's session; undefined: nobody is signed in. */
    const clientOf = async (user?: string): Promise<Client> => {
      const { getServerClient } = await load<{ getServerClient(cookies: object): Client }>(
        "contract/clients/server.ts",
      );
      const cookies = user === undefined ? [] : [sessionCookie(project, user)];
      return getServerClient({ getAll: () => cookies, set: () => undefined });
    };
    const serviceClient = async (): Promise<Client> =>
      (await load<{ createServiceClient(): Client }>("contract/clients/service.ts")).createServiceClient();

    it("read as the user whose session the request's cookies hold, with what belongs to each row", async () => {
      for (const [name, person] of everybody) {
        if (!person.user) continue;
        const client = await clientOf(person.user);
        expect((await client.auth.getClaims()).data?.claims.sub).toBe(person.user);
        const columns = "organization_id, customers(name), tasks(title, attachments(name)), organizations(slug)";
        const { data, error } = await client.from("projects").select(columns).order("organization_id");
        const seen = organizations.filter((organization) => isMember(person, organization)).sort();
        expect([name, error, data]).toEqual([
          name,
          null,
          seen.map((organization) => ({
            organization_id: organization,
            customers: null,
            tasks: [{ title: "T", attachments: [{ name: "A" }] }],
            organizations: { slug: organization },
          })),
        ]);
      }
    });

    it("read nothing for whoever is not signed in", async () => {
      const { data, error, status } = await (await clientOf()).from("tasks").select();
      expect([data, status, error]).toMatchObject([null, 401, { code: "42501" }]);
    });

    it("act as the service role, with no session that anybody could inherit", async () => {
      const client = await serviceClient();
      const { data } = await client.from("tasks").select("id").order("id");
      expect(data).toEqual([{ id: "blue-task" }, { id: "red-task" }]);
      expect((await client.auth.getSession()).data.session).toBeNull();
      expect(await serviceClient()).not.toBe(client);
    });

    it("read in a browser as the user whose session its cookies hold, through one client", async () => {
      const { Window } = await load<{ Window: new (options: object) => Page }>("node_modules/happy-dom/lib/index.js");
      const page = new Window({ url: "http://localhost:3000" });
      const { name, value } = sessionCookie(project, "test-user-123");
      page.document.cookie = `${name}=${value}`;
      vi.stubGlobal("window", page);
      vi.stubGlobal("document", page.document);
      const { getBrowserClient } = await load<{ getBrowserClient(): Client }>("contract/clients/browser.ts");
      const client = getBrowserClient();
      try {
        expect(await client.from("tasks").select("id")).toMatchObject({ data: [{ id: "red-task" }], error: null });
        expect(getBrowserClient()).toBe(client);
      } finally {
        await client.auth.stopAutoRefresh();
        vi.unstubAllGlobals();
      }
    });

    it("get values of every type as the types of rows have them", async () => {
      const columns = Object.entries(valuesOfTypes).map(([type, value], index) => ({ name: `c${index}`, type, value }));
      const definitions = columns.map(({ name, type, value }) => `${name} ${type} default ${value}`);
      await application.query(`
        create table public.every_type (${definitions.join(", ")});
        insert into public.every_type default values;
        grant select on public.every_type to service_role;
        notify pgrst, 'reload schema'`);
      try {
        const client = await serviceClient();
        const row = await waitFor(async () => {
          const { data, error } = await client.from("every_type").select().single();
          expect(error).toBeNull();
          return data as Readonly<Record<string, unknown>>;
        });
        expect(columns.map(({ name, type }) => [type, typeInAnswer(row[name])])).toEqual(
          columns.map(({ type }) => [type, jsonTypeOf(type)]),
        );
      } finally {
        await application.query("drop table public.every_type");
      }
    });

    it("count rows without reading them", async () => {
      const count = async (client: Client) =>
        await client.from("notifications").select("*", { count: "exact", head: true });
      expect(await count(await clientOf("in-both"))).toMatchObject({ data: null, count: 2, error: null });
      const [all] = await application.query("select count(*)::int from notifications");
      expect(await count(await serviceClient())).toMatchObject({ data: null, ...all, error: null });
    });

    it("insert, update, upsert and delete rows, which get their identifiers from the database", async () => {
      const member = await clientOf("test-user-123");
      const mine = { organization_id: "red", name: "Ada", email: "ada@example.com" };
      const inserted = await member.from("customers").insert(mine).select().single();
      expect(inserted).toMatchObject({ status: 201, error: null, data: mine });
      const { id, created_at: createdAt } = inserted.data as { id: string; created_at: string };
      try {
        expect([id, new Date(createdAt).getFullYear()]).toEqual([
          expect.stringMatching(/^[0-9a-f-]{36}$/),
          new Date().getFullYear(),
        ]);
        const renamed = await member.from("customers").update({ name: "Ada L." }).eq("id", id).select("name");
        expect(renamed).toMatchObject({ error: null, data: [{ name: "Ada L." }] });
        // An upsert writes each column that it is given, and a row's organisation is not for its members to change.
        const conflict = { onConflict: "organization_id,email" };
        const ignored = await member
          .from("customers")
          .upsert({ ...mine, name: "X" }, { ...conflict, ignoreDuplicates: true });
        expect(ignored).toMatchObject({ error: null });
        const service = await serviceClient();
        const upserted = await service
          .from("customers")
          .upsert({ ...mine, notes: "N" }, conflict)
          .select()
          .single();
        expect(upserted).toMatchObject({ error: null, data: { ...mine, id, notes: "N" } });
        expect(await member.from("customers").upsert({ ...mine, notes: "M" }, conflict)).toMatchObject({
          error: { code: "42501" },
        });
        const profile = member.from("users").upsert({ name: null }, { onConflict: "id" });
        expect(await profile.select("id")).toMatchObject({ error: null, data: [{ id: "test-user-123" }] });
        // Who may not see a row neither changes nor removes it, and learns nothing of it.
        for (const client of [await clientOf("blue-owner"), await clientOf("former")]) {
          expect(await client.from("customers").update({ name: "X" }).eq("id", id).select()).toMatchObject({
            data: [],
          });
          expect(await client.from("customers").delete().eq("id", id).select()).toMatchObject({ data: [] });
          const { error } = await client.from("customers").select().eq("id", id).single();
          expect(error?.code).toBe("PGRST116");
        }
        expect(await member.from("customers").delete().eq("id", id).select()).toMatchObject({ error: null, data: [] });
        const owner = await clientOf("red-owner");
        expect(await owner.from("customers").delete().eq("id", id).select("id")).toMatchObject({ data: [{ id }] });
      } finally {
        await application.query("delete from customers where id = $1", [id]);
      }
    });

    it.each<[string, string, (client: Client) => PromiseLike<Answer>, number, string, RegExp]>([
      [
        "a row for another organisation",
        "test-user-123",
        (client) => client.from("customers").insert({ organization_id: "blue", name: "C" }),
        403,
        "42501",
        /^new row violates row-level security policy for table "customers"$/,
      ],
      [
        "a row that would move to another organisation",
        "test-user-123",
        (client) => client.from("customers").update({ organization_id: "blue" }).eq("id", "red-customer"),
        403,
        "42501",
        /^(new row violates row-level security policy|permission denied) for table "?customers"?$/,
      ],
      [
        "a column that users may not write",
        "test-user-123",
        (client) => client.from("notifications").update({ title: "X" }).eq("user_id", "test-user-123"),
        403,
        "42501",
        /^permission denied for table notifications$/,
      ],
      [
        "a function that is not exposed",
        "red-owner",
        (client) => client.rpc("current_organization_ids"),
        404,
        "PGRST202",
        /Could not find the function public\.current_organization_ids/,
      ],
      [
        "a table that is none",
        "red-owner",
        (client) => client.from("secrets").select(),
        404,
        "42P01",
        /relation "public\.secrets" does not exist/,
      ],
      [
        "a column that is none",
        "red-owner",
        (client) => client.from("tasks").insert({ projectId: "red-project" }),
        400,
        "PGRST204",
        /Column 'projectId' of relation 'tasks' does not exist/,
      ],
      [
        "rows of a table that has nothing to do with it",
        "red-owner",
        (client) => client.from("tasks").select("title, notifications(title)"),
        400,
        "PGRST200",
        /Could not find a relationship between 'tasks' and 'notifications'/,
      ],
      [
        "a value that its enumeration does not have",
        "red-owner",
        (client) => client.from("tasks").update({ status: "done" }).eq("id", "red-task"),
        400,
        "22P02",
        /invalid input value for enum task_status: "done"/,
      ],
      [
        "a task of no project",
        "red-owner",
        (client) => client.from("tasks").insert({ organization_id: "red", project_id: "blue-project", title: "T" }),
        409,
        "23503",
        /violates foreign key constraint "tasks_organization_id_project_id_fkey"/,
      ],
    ])("are refused %s", async (_, user, ask, status, code, message) => {
      const answer = await ask(await clientOf(user));
      expect(answer).toMatchObject({ status, error: { code, message: expect.stringMatching(message) } });
    });
  });
}

function typeInAnswer(value: unknown): string {
  if (Array.isArray(value)) return `${typeInAnswer(value[0])}[]`;
  return typeof value === "object" ? "Json" : typeof value;
}
