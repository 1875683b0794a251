import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { probeRole } from "../../infra/catalog/probes/role.ts";
import { askServer, type Question } from "../../infra/catalog/question.ts";
import { Database } from "../../infra/database/database.ts";
import { quoteLiteral } from "../../infra/sql/quote.ts";
import { startTestServer, type TestServer } from "../support/test-server.ts";

/** A question that no kind asks: how many letters has a word, and how many functions has the batch made on the server? */
function countLetters(word: string): Question<{ readonly letters: number; readonly functions: number }> {
  return {
    functions: [
      `create function pg_temp.count_letters(word text) returns json language sql as $$
        select json_build_object('ok', true, 'canonical', json_build_object('letters', length(word),
          'functions', (select count(*) from pg_proc where pronamespace = pg_my_temp_schema()))::text) $$`,
    ],
    call: () => `pg_temp.count_letters(${quoteLiteral(word)})`,
    read: (canonical) => JSON.parse(canonical) as { letters: number; functions: number },
  };
}

describe("a question to the server", () => {
  let server: TestServer;
  let database: Database;

  beforeAll(async () => {
    server = await startTestServer(17);
    database = new Database((await server.createDatabase()).url);
  });
  afterAll(async () => {
    await database?.close();
    await server?.stop();
  });

  it("brings its own function, which a batch makes once, and no other that it does not need", async () => {
    const answers = await askServer(database, [countLetters("it's"), countLetters("")]);
    expect(answers).toEqual([
      { ok: true, found: { letters: 4, functions: 1 } },
      { ok: true, found: { letters: 0, functions: 1 } },
    ]);
  });

  it("is answered in its place, beside one of another kind that the server refuses", async () => {
    const [first, refused, last] = await askServer<unknown>(database, [
      countLetters("a"),
      probeRole(["roles"], "nobody"),
      countLetters("ab"),
    ]);
    expect(first).toEqual({ ok: true, found: { letters: 1, functions: 2 } });
    expect(refused).toEqual({ ok: false, sqlState: "42704", message: 'role "nobody" does not exist' });
    expect(last).toEqual({ ok: true, found: { letters: 2, functions: 2 } });
  });

  it("leaves nothing behind", async () => {
    await askServer(database, [countLetters("a")], ["create table public.assumed ()"]);
    const [rows] = await database.look((session) =>
      session.run(
        "select to_regclass('public.assumed') as assumed, (select count(*)::int from pg_proc where proname = 'count_letters') as functions",
      ),
    );
    expect(rows).toEqual([{ assumed: null, functions: 0 }]);
  });
});
