import * as pulumi from "@pulumi/pulumi";
import fc from "fast-check";
import type { Client } from "pg";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FileBucket } from "../../../infra/components/file-bucket.ts";
import { RealtimeTopic } from "../../../infra/components/realtime-topic.ts";
import { toApplicationModel } from "../../../infra/contract/data-model.ts";
import { migrateDiff } from "../../../infra/migrations/deployment/prisma-commands.ts";
import { parseSchema } from "../../../infra/prisma/model.ts";
import { quoteIdentifier, quoteLiteral } from "../../../infra/sql/quote.ts";
import { sql } from "../../../infra/sql/tag.ts";
import { hostileText } from "../../support/hostile.ts";
import { evaluate, render, sourceText } from "../../support/templates.ts";
import { startTestServer, type TestDatabase, type TestServer } from "../../support/test-server.ts";

/** Of each of Unicode's planes. */
const ofEachPlane = fc
  .tuple(fc.integer({ min: 0, max: 16 }), fc.integer({ min: 1, max: 0xfffd }))
  .map(([plane, offset]) => String.fromCodePoint(plane * 0x10000 + offset))
  .filter((character) => character.isWellFormed());
const text = fc
  .array(
    fc.oneof(ofEachPlane, hostileText, fc.constantFrom("\n", "\n    ", "\t", "\r\n", "\\", "'", '"', "$$", "\\n")),
    { maxLength: 8 },
  )
  .map((pieces) => pieces.join(""));
/** JavaScript turns the line breaks of a template into line feeds. */
const written = text.map((own) => own.replaceAll("\r", ""));

describe("a text that the sql tag gives", () => {
  let server: TestServer;
  let database: TestDatabase;
  let client: Client;

  beforeAll(async () => {
    server = await startTestServer(17);
    database = await server.createDatabase();
    client = new pg.Client(database.url);
    await client.connect();
    await client.query("create table public.notes (body text)");
  });

  afterAll(async () => {
    await client.end();
    await server.stop();
  });

  const ask = async <Value>(query: string): Promise<Value> => {
    const { rows } = await client.query<[Value]>({ text: query, rowMode: "array" });
    return (rows[0] as [Value])[0];
  };

  it("is the server's value, character by character", async () => {
    await fc.assert(
      fc.asyncProperty(text, written, async (value, own) => {
        const template = evaluate([" select array[ ", `,\n      ${sourceText(quoteLiteral(own))}\n    ] `], [value]);
        expect(await ask(await render(template))).toEqual([value, own]);
      }),
      { numRuns: 300, examples: [["", "\\${x}"]] },
    );
  });

  it("keeps what stands between dollar signs, and backslashes in strings that have escapes", async () => {
    await fc.assert(
      fc.asyncProperty(written, async (own) => {
        const escaped = `E'${own.replaceAll("\\", "\\\\").replaceAll("'", "\\'").replaceAll("\n", "\\n")}'`;
        const template = evaluate([sourceText(`select array[$tag_1$${own}$tag_1$,\n    ${escaped}]`)], []);
        expect(await ask(await render(template))).toEqual([own, own]);
      }),
      { numRuns: 100 },
    );
  });

  it("is stored in a policy as it was declared", async () => {
    await fc.assert(
      fc.asyncProperty(text, written, async (value, own) => {
        const condition = evaluate(["\n  body = ", `\n  or body ~ ${sourceText(quoteLiteral(own))}`], [value]);
        await client.query("drop policy if exists p on public.notes");
        await client.query(`create policy p on public.notes using (${await render(condition)})`);
        const stored = await ask<string>("select pg_get_expr(polqual, polrelid) from pg_policy where polname = 'p'");
        const literals = [...stored.matchAll(/E?'(?:[^']|'')*'/g)].map(([literal]) => literal);
        expect(await ask(`select array[${literals.join(", ")}]`)).toEqual([value, own]);
      }),
      { numRuns: 100 },
    );
  });

  it("has the numbers and truth values that were given", async () => {
    const number = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.maxSafeInteger());
    await fc.assert(
      fc.asyncProperty(number, fc.boolean(), async (value, truth) => {
        const [number, negated, boolean] = await ask<[string, string, string]>(
          await render(sql`select array[(${value})::float8::text, (-${value})::float8::text, (${truth})::text]`),
        );
        expect([Number(number), Number(negated), boolean]).toEqual([value + 0, 0 - value, String(truth)]);
      }),
      { numRuns: 100 },
    );
  });

  it("finds the name after a realtime topic's prefix, whatever characters that has", async () => {
    const conditions = new Map<string, string>();
    await pulumi.runtime.setMocks({
      newResource({ name, inputs }) {
        if (inputs.using !== undefined) conditions.set(name, inputs.using);
        return { id: name, state: inputs };
      },
      call: () => ({}),
    });
    await fc.assert(
      fc.asyncProperty(
        text,
        hostileText.filter((name) => name !== ""),
        hostileText,
        async (prefix, name, other) => {
          const topic = new RealtimeTopic(`topic ${prefix}`, {
            prefix,
            receivableBy: (found) => sql`false or ${found} = ${name}`,
          });
          await new Promise((resolve) => topic.policies[0]?.urn.apply(resolve));
          const mayJoin = (asked: string) =>
            ask<boolean>(`with messages as (select 'broadcast' as extension, ${quoteLiteral(asked)} as topic, set_config('realtime.topic', ${quoteLiteral(asked)}, false))
            select (${conditions.get(`topic ${prefix}_topic_receive`)}) is true from messages`);
          expect(await mayJoin(prefix + name)).toBe(true);
          expect(await mayJoin(prefix + other)).toBe(other === name);
          expect(await mayJoin(other + name)).toBe(other + name === prefix + name);
        },
      ),
      { numRuns: 60, examples: [["🧭:", "acme", "e"]] },
    );
  });

  it.each([
    ["it's $$ (1)", true],
    ["$1 & a.b = c; d", false],
  ])("keeps files in a bucket called %s, and in their first folder: %s", async (bucket, inFolder) => {
    const policies: Readonly<Record<string, string>>[] = [];
    await pulumi.runtime.setMocks({
      async newResource({ name: id, inputs }) {
        if (inputs.definition !== undefined) await client.query(inputs.definition);
        if (inputs.command !== undefined) policies.push(inputs);
        return { id, state: { ...inputs, signature: `extensions."${bucket}_stays"(uuid, text, text, uuid, text)` } };
      },
      call: () => ({}),
    });
    const everything = sql`true`;
    const files = new FileBucket(bucket, {
      ...(inFolder ? { folder: "id" } : {}),
      readableBy: everything,
      writableBy: everything,
    });
    await Promise.all(files.policies.map(({ urn }) => new Promise((resolve) => urn.apply(resolve))));
    for (const { name, as, command, roles, using, withCheck } of policies) {
      await client.query(`create policy ${quoteIdentifier(name ?? "")} on storage.objects as ${as ?? "permissive"} for ${command} to ${roles}
        ${using ? `using (${using})` : ""} ${withCheck ? `with check (${withCheck})` : ""}`);
    }
    await client.query("insert into storage.buckets (id, name) values ($1, $1), ($2, $2)", [bucket, `not ${bucket}`]);
    await client.query(
      "create policy elsewhere on storage.objects to authenticated using (starts_with(bucket_id, 'not '))",
    );
    await client.query("insert into storage.objects (bucket_id, name) values ($1, 'red/a')", [bucket]);
    await client.query("set role authenticated");
    const move = async (to: string, path: string) => {
      try {
        const { rowCount } = await client.query("update storage.objects set bucket_id = $1, name = $2", [to, path]);
        return rowCount;
      } catch (error) {
        return String(error);
      }
    };
    expect(await move(bucket, "red/b")).toBe(1);
    expect(await move(bucket, "blue/b")).toEqual(inFolder ? expect.stringContaining(`${bucket}_stays`) : 1);
    expect(await move(`not ${bucket}`, "red/b")).toContain(`${bucket}_stays`);
    for (const path of [
      "red/../b",
      "red//b",
      "red/%2e%2E/b",
      "red/.%2e/b",
      "red%2Fb",
      "red/..%5cb",
      "red/..\\b",
      "red/b\n",
    ])
      expect([path, await move(bucket, path)]).toEqual([path, expect.stringContaining("row-level security policy")]);
    for (const path of ["red/100% done.pdf", "red/%", "red/%20%C3%9C.pdf", "red/50%25.pdf", "red/2e 2f 5c"])
      expect([path, await move(bucket, path)]).toEqual([path, 1]);
    await client.query("reset role");
    await client.query("drop policy elsewhere on storage.objects");
    await client.query("truncate storage.objects");
  });

  it.each(["a", "äöü", "🧭", "名", "x🧭", "xy名"])(
    "is cut in the contract's foreign keys where Prisma cuts it, in a table of many %s",
    async (letters) => {
      const table = [...letters.repeat(63)].reduce(
        (name, letter) => (Buffer.byteLength(name + letter) > 60 ? name : name + letter),
        "",
      );
      const schema = `datasource db {
          provider = "postgresql"
        }
        model Part {
          id      Int    @id
          wholeId Int    @map("whole")
          whole   Part   @relation("parts", fields: [wholeId], references: [id])
          parts   Part[] @relation("parts")
          @@map(${JSON.stringify(table)})
        }`;
      const script = await migrateDiff({
        connectionString: database.url,
        from: { kind: "empty" },
        to: { kind: "schema", schema },
      });
      const { tables } = toApplicationModel(await parseSchema(schema));
      expect(script).toContain(`ADD CONSTRAINT "${tables[0]?.foreignKeys[0]?.name}" FOREIGN KEY`);
    },
  );
});
