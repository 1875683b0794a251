import { describe, expect, it } from "vitest";
import type { Application } from "../../../support/application.ts";
import { missingPostgrest } from "../../../support/postgrest.ts";
import type { RestAnswer, RestProject, RestRequest } from "../../../support/rest-project.ts";
import {
  createSigningKey,
  inSeconds,
  signedWithPublicKeys,
  withClaims,
  withoutSignature,
} from "../../../support/tokens.ts";
import { everybody } from "./people.ts";
import { type Command, commands, type TableRules, tables } from "./table-rules.ts";
import { expectation } from "./tables.ts";

/** The same rights as in SQL, through a real PostgREST with signed tokens: what a browser gets, sees and changes. */
export function describeRest(application: Application): void {
  const title = "the rows over HTTP";
  const reason =
    application.major() === 18 ? "no hosted project runs 18 yet, nor was this PostgREST made for it" : missingPostgrest;
  describe.skipIf(reason)(reason ? `${title} (skipped: ${reason})` : title, () => {
    /** Asks, and has the database undo what was done. */
    const ask = async (request: RestRequest) =>
      (await application.rest()).ask({ ...request, prefer: `tx=rollback,${request.prefer ?? "return=minimal"}` });

    describe.each(tables)("of $table", (rules) => {
      it.each(commands)("are for those they concern, and nobody else: %s", async (command) => {
        const { tokenOf } = await application.rest();
        const actual: Record<string, unknown> = {};
        for (const [name, { user }] of everybody) actual[name] = await attempt(ask, rules, command, tokenOf(user));
        const reached = { ...rules, rows: reachedRows(rules, command) };
        const expected = everybody.map(([name, person]) => [name, expectation(reached, command, person)]);
        expect(actual).toEqual(Object.fromEntries(expected));
      });

      it("are kept from whoever is not signed in, and are all at the service role's disposal", async () => {
        const { sign } = await application.rest();
        for (const command of commands) {
          for (const request of requests(rules, command)) {
            const refused = { code: "42501", message: `permission denied for table ${rules.table}` };
            expect(await ask(request)).toMatchObject({ status: 401, body: refused });
            expect(await ask({ ...request, token: sign({ role: "anon", sub: "red-owner" }) })).toMatchObject({
              status: 401,
              body: refused,
            });
          }
          const [request] = command === "insert" ? [ofServer(rules)] : requests(rules, command);
          const token = sign({ role: "service_role" });
          const answer = await ask({ ...request, prefer: "count=exact", token } as RestRequest);
          expect(answer.body).toEqual(command === "select" ? expect.any(Array) : undefined);
          expect(countOf(answer)).toBe(command === "insert" ? 1 : reachedRows(rules, command).length);
        }
      });
    });

    it("take an upsert that writes no column of the database's, and refuse one that would", async () => {
      const { tokenOf } = await application.rest();
      const upsert = (user: string, path: string, body: object, resolution: string) =>
        ask({
          method: "POST",
          path,
          body,
          token: tokenOf(user),
          prefer: `resolution=${resolution},return=representation`,
        });
      const customer = { organization_id: "red", email: "shop@example.com", name: "Shop" };
      const byEmail = "customers?on_conflict=organization_id,email";
      expect(await upsert("test-user-123", byEmail, customer, "ignore-duplicates")).toMatchObject({ body: [customer] });
      const refused = { code: "42501", message: "permission denied for table customers" };
      expect((await upsert("test-user-123", byEmail, customer, "merge-duplicates")).body).toMatchObject(refused);
      const keyed = { ...customer, id: "red-customer" };
      for (const resolution of ["ignore-duplicates", "merge-duplicates"])
        expect((await upsert("test-user-123", "customers", keyed, resolution)).body).toMatchObject(refused);
      for (const user of ["newcomer", "red-owner"]) {
        const answer = await upsert(user, "users?on_conflict=id", { name: "Me" }, "merge-duplicates");
        expect(answer.body).toMatchObject([{ id: user, name: "Me" }]);
      }
    });

    it.each<[string, (project: RestProject) => string, number, object]>([
      ["has expired", ({ sign }) => sign({ ...signedIn, exp: inSeconds(-60) }), 401, { message: "JWT expired" }],
      [
        "is not valid yet",
        ({ sign }) => sign({ ...signedIn, nbf: inSeconds(600) }),
        401,
        { message: "JWTNotYetValid" },
      ],
      ["is signed with another key", () => createSigningKey().sign(signedIn), 401, notSigned],
      ["is not signed", ({ sign }) => withoutSignature(sign(signedIn)), 401, notSigned],
      [
        "was made somebody else's after it was signed",
        ({ sign }) => withClaims(sign(signedIn), { ...signedIn, sub: "blue-owner" }),
        401,
        notSigned,
      ],
      [
        "is signed with what everybody may know",
        ({ sign, publicKeys }) => signedWithPublicKeys(sign(signedIn), publicKeys),
        401,
        notSigned,
      ],
      ["is none", () => "nothing", 401, notSigned],
      [
        "names a role that no token may have",
        ({ sign }) => sign({ ...signedIn, role: "postgres" }),
        403,
        { code: "42501", message: 'permission denied to set role "postgres"' },
      ],
      [
        "names no role",
        ({ sign }) => sign({ sub: "red-owner" }),
        401,
        { code: "42501", message: "permission denied for table tasks" },
      ],
    ])("are refused to a token that %s", async (_, tokenFrom, status, refusal) => {
      const token = tokenFrom(await application.rest());
      for (const method of ["GET", "POST", "PATCH", "DELETE"] as const) {
        const request = { method, path: "tasks", token, ...(method === "GET" ? {} : { body: {} }) };
        expect(await ask(request)).toMatchObject({ status, body: { code: "PGRST301", ...refusal } });
      }
    });

    it("Prisma's own record, the helper functions and the platform's schemas are not there for anybody", async () => {
      const { sign, tokenOf } = await application.rest();
      for (const token of [undefined, tokenOf("red-owner"), sign({ role: "service_role" })]) {
        const status = token === undefined ? 401 : 403;
        const denied = { code: "42501", message: "permission denied for table _prisma_migrations" };
        expect(await ask({ path: "_prisma_migrations", token })).toMatchObject({ status, body: denied });
        for (const name of ["current_organization_ids", "is_organization_member"]) {
          const answer = await ask({ method: "POST", path: `rpc/${name}`, token, body: {} });
          expect(answer).toMatchObject({ status: 404, body: { code: "PGRST202" } });
        }
        for (const schema of ["private", "auth", "storage", "realtime"]) {
          expect(await ask({ path: "users", schema, token })).toMatchObject({
            status: 406,
            body: { code: "PGRST106" },
          });
        }
      }
    });
  });
}

const signedIn = { role: "authenticated", sub: "red-owner" };

const notSigned = { message: expect.stringMatching(/^JWSError/) };

/** Requests for the whole table that name no row: which rows they reach is the policies' doing alone. */
function requests(rules: TableRules, command: Command): readonly RestRequest[] {
  const { table: path, additions, change, ofOwners } = rules;
  const others = ofOwners === undefined ? path : `${path}?${ofOwners.filter}`;
  switch (command) {
    case "select":
      return [{ path }];
    case "insert":
      return additions.map(({ values: body }) => ({ method: "POST", path, body }));
    case "update":
      return [{ method: "PATCH", path: others, body: change }];
    case "delete":
      return [{ method: "DELETE", path: others }];
  }
}

function ofServer({ table: path, additions, ofServer: body = additions[0]?.values }: TableRules): RestRequest {
  return { method: "POST", path, body };
}

/** Every statement here is a transaction, at whose end each organisation has an owner. */
function reachedRows({ rows, ofOwners }: TableRules, command: Command): TableRules["rows"] {
  const changes = command === "update" || command === "delete";
  return changes && ofOwners !== undefined ? rows.filter((row) => !ofOwners.holds(row)) : rows;
}

/** What a person sees, or which rows their requests reach. */
async function attempt(ask: Ask, rules: TableRules, command: Command, token: string): Promise<unknown> {
  if (command === "insert") {
    const outcomes: [string, string][] = [];
    for (const [index, { key }] of rules.additions.entries()) {
      const request = { ...requests(rules, command)[index], token, prefer: "return=representation" };
      // Whoever may make a row reads what they made, as supabase-js's insert().select() asks for it.
      const answer = await ask(request as RestRequest);
      outcomes.push([
        key,
        refusalOf(answer) ?? (Array.isArray(answer.body) && answer.body.length === 1 ? "made" : "made, and not shown"),
      ]);
    }
    return Object.fromEntries(outcomes);
  }
  const [request] = requests(rules, command);
  const answer = await ask({ ...request, token, prefer: "return=representation" } as RestRequest);
  return refusalOf(answer) ?? (answer.body as readonly Row[]).map((row) => keyOf(rules, row)).sort();
}

type Ask = (request: RestRequest) => Promise<RestAnswer>;
type Row = Readonly<Record<string, string>>;

function refusalOf({ status, body }: RestAnswer): string | undefined {
  if (status < 400) return undefined;
  const { code, message } = body as { readonly code: string; readonly message: string };
  return `${code} ${message}`;
}

function keyOf({ key }: TableRules, row: Row): string | undefined {
  return row[key] ?? `${row.user_id} in ${row.organization_id}`;
}

function countOf({ headers }: RestAnswer): number {
  return Number(headers.get("content-range")?.split("/")[1]);
}
