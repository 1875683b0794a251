import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Database } from "../../infra/database/database.ts";
import { withClient } from "../../infra/local/platform.ts";
import { loadParser } from "../../infra/sql/parser.ts";
import { mutate } from "../../infra/verify/mutate/mutate.ts";
import { verify } from "../../infra/verify/verify.ts";
import { defineVerification } from "../../infra/verify.ts";
import { startTestServer, type TestServer } from "../support/test-server.ts";
import { type Shape, shapes } from "../support/verify/shapes.ts";
import { called, sorts } from "../support/verify/sorts.ts";

describe("access that is proven by trying it, in schemas of other shapes", () => {
  /** How many mutations of all shapes. */
  let noticed = 0;
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer(17);
    await loadParser();
  });
  afterAll(async () => {
    await server?.stop();
  });

  /** In a database of its own, so that one change does not hide another. */
  const inDatabase = async <T>({ schema }: Shape, change: string, work: (database: Database) => Promise<T>) => {
    const { url, superuserUrl, drop } = await server.createDatabase();
    const database = new Database(url);
    try {
      // The template grants on new tables, as older projects do.
      const grants = "alter default privileges in schema public revoke all on tables from anon, authenticated";
      await withClient(superuserUrl, (client) => client.query(`set role postgres; ${grants}; ${schema}; ${change}`));
      return await work(database);
    } finally {
      await database.close();
      await drop();
    }
  };
  const verifyWith = (shape: Shape, change = "") =>
    inDatabase(shape, change, (database) => verify(database, defineVerification(shape.verification)));

  it("holds and shows in tables with the tenant as their key, without any, with columns for some, with parents and partitions", async () => {
    const { verification, schema, holes } = sorts;
    const { failures, notTried, found } = await verifyWith({ schema, verification, breaks: [] });
    expect({ failures, notTried }).toEqual({ failures: [], notTried: [] });
    expect(found["public.salaries"]?.member).toEqual([
      "insert their tenant's: team_id, title, with team_id, with title",
    ]);
    const broken = await verifyWith({ schema, verification, breaks: [] }, holes);
    const told = broken.failures.map(({ person, command, object, what }) => `${person}: ${command} ${object} ${what}`);
    expect(told).toEqual(
      expect.arrayContaining([
        "outsider: insert public.settings undefined",
        "outsider: move public.events team_id",
        "member of A: select public.salaries amount",
        "anonymous: select public.articles undefined",
        "member of A: update public.articles id",
        "anonymous: select public.logs_eu undefined",
        "outsider: delete public.children undefined",
        "member of A: insert public.logs changes rows of public.salaries behind it",
        "outsider: delete public.order changes rows of public.events behind it",
        "outsider: select public.totals counts their rows",
        "anonymous: select public.titles undefined",
        "outsider: execute public.article_count() counts their rows",
        "outsider: execute public.archive(text, public.urgency, jsonb, boolean) changes rows of public.articles behind it",
      ]),
    );
    expect([...new Set(broken.failures.map(({ object }) => object))].sort()).toEqual([
      ...[
        "public.archive(text, public.urgency, jsonb, boolean)",
        "public.article_count()",
        "public.articles",
        "public.children",
      ],
      ...["public.events", "public.logs", "public.logs_eu", "public.order", "public.salaries", "public.settings"],
      ...["public.titles", "public.totals"],
    ]);
    expect(broken.notTried).toEqual([
      expect.objectContaining({ object: "public.far", reason: expect.stringContaining("it is a foreign table") }),
      expect.objectContaining({ object: "public.sweep()", reason: expect.stringContaining("it is a procedure") }),
      expect.objectContaining({ object: "public.ended", reason: expect.stringContaining("rows of tenant A and B") }),
    ]);
  });

  it("calls functions with what tells something: keys of the tables that their bodies name, in each place, and values of other types", async () => {
    const { schema, functions } = called;
    const created = Object.entries(functions).map(
      ([signature, condition]) =>
        `create function ${signature} returns setof text language sql stable strict security definer set search_path = '' as $$ select words from public.years where ${condition} $$;`,
    );
    const { people } = sorts.verification;
    const shape = { schema: [schema, ...created].join("\n"), verification: { people }, breaks: [] };
    const { failures, notTried } = await verifyWith(shape);
    const told = new Set(failures.map(({ person, object }) => `${person} ${object.replace(/\(.*/, "")}`));
    expect([...told].filter((each) => each.startsWith("outsider")).sort()).toEqual(
      Object.keys(functions)
        .map((signature) => `outsider public.${signature.replace(/\(.*/, "")}`)
        .sort(),
    );
    expect(notTried).toEqual([
      {
        ...{ object: "public.by_nothing(int4range)", command: "execute", count: 1 },
        reason: "it does nothing where an argument is null, and no value is known for one of them",
      },
    ]);
  });

  it.each(Object.entries(shapes))("holds where it is stated, and shows where it is broken: %s", async (_, shape) => {
    const mutated = await inDatabase(shape, "", async (database) => {
      const { failures, notTried, found } = await verify(database, shape.verification);
      expect({ failures, notTried }).toEqual({ failures: [], notTried: [] });
      return await mutate(database, shape.verification, { accepted: found });
    });
    const survivors = mutated.results.filter(({ outcome }) => outcome === "survived");
    expect({ ...mutated, results: survivors }).toMatchObject({ results: [], unread: [], wrong: [], score: 1 });
    noticed += mutated.counts.noticed;
    for (const [change, object, command, kind = ""] of shape.breaks) {
      const broken = await verifyWith(shape, change);
      const found = new Set(broken.failures.map((failure) => `${failure.command} ${failure.object} ${failure.kind}`));
      const wanted = expect.stringContaining(`${command} ${object} ${kind}`);
      expect([change, [...found]]).toEqual([change, expect.arrayContaining([wanted])]);
    }
  });

  it("is measured by what it notices", () => {
    expect(noticed).toBeGreaterThanOrEqual(150);
  });
});
