import { describe, expect, it } from "vitest";
import type { Application } from "../../../support/application.ts";

const denied = "42501 permission denied for table users";
const mine = "select id, email, name, created_at = now()::timestamptz(3) as now from public.users";

/** The first row of somebody who has signed in: theirs, with the address of their token. */
export function describeSigningUp({ request, query }: Application): void {
  describe("who signs in for the first time", () => {
    const signUp = (email: string | undefined, settings: Readonly<Record<string, string>> = {}) =>
      request({
        user: "newcomer",
        email,
        settings,
        sql: "insert into public.users (name) values ('New')",
        after: `${mine} where id = 'newcomer'`,
      });

    it("gets a row of their own, with the identifier and the address of their token and the time of the clock", async () => {
      const { refusal, after } = await signUp("newcomer@example.com");
      expect({ refusal, after }).toEqual({
        refusal: undefined,
        after: [{ id: "newcomer", email: "newcomer@example.com", name: "New", now: true }],
      });
    });

    it.each([
      ["in other letters", "New.Comer@Example.com ", "new.comer@example.com"],
      ["empty, as after an anonymous sign-in", "", null],
      ["missing, as after signing in by phone", undefined, null],
    ])("has an address that is %s", async (_, email, kept) => {
      expect(await signUp(email)).toMatchObject({ count: 1, after: [{ email: kept }] });
    });

    it("is known from the single claims of older API servers too", async () => {
      const { after } = await signUp(undefined, {
        "request.jwt.claims": "",
        "request.jwt.claim.sub": "newcomer",
        "request.jwt.claim.email": "old@example.com",
      });
      expect(after).toMatchObject([{ id: "newcomer", email: "old@example.com" }]);
    });

    it("gives nothing but what is theirs to say, and an upsert of the profile works at the first time and later", async () => {
      const sql = `insert into public.users (name, avatar_path) values ('Me', nullif(current_setting('test.path'), ''))
        on conflict (id) do update set name = excluded.name, avatar_path = excluded.avatar_path`;
      for (const user of ["newcomer", "red-owner"]) {
        expect(await request({ user, settings: { "test.path": `${user}/me.png` }, sql })).toMatchObject({ count: 1 });
        const stolen = await request({ user, settings: { "test.path": "red-admin/me.png" }, sql });
        expect(stolen.refusal).toMatch(/^23514 .*users_avatar_path_check/);
      }
    });
  });

  describe("an e-mail address", () => {
    it.each([
      ["somebody else's", "'ceo@bigcorp.example'"],
      ["an empty one", "''"],
      ["one that exists", "'red-owner@example.com'"],
      ["its twin in other letters", "'Red-Owner@example.com'"],
    ])("is not for the new user to choose: %s is refused by the same words", async (_, email) => {
      for (const row of [`(email) values (${email})`, `(id, email) values ('newcomer', ${email})`]) {
        const sql = `insert into public.users ${row}`;
        expect((await request({ user: "newcomer", email: "newcomer@example.com", sql })).refusal).toBe(denied);
      }
      const change = `update public.users set email = ${email}`;
      expect((await request({ user: "former", sql: change })).refusal).toBe(denied);
    });

    it("tells nobody that somebody else has it, and stands in nobody's way", async () => {
      const sql = "insert into public.users default values";
      expect(await request({ user: "newcomer", email: "red-owner@example.com", sql })).toMatchObject({ count: 1 });
    });

    it("is kept in lower case whoever writes it, and is never empty", async () => {
      const sql = "insert into public.users (id, email) values ('a', ' Ann@Example.com'), ('b', '') returning email";
      const { rows } = await request({ role: "service_role", sql });
      expect(rows).toEqual([{ email: "ann@example.com" }, { email: null }]);
    });
  });

  it("nobody becomes a user under another identifier, or at a time of their choice", async () => {
    for (const columns of [
      "(id) values ('somebody')",
      "(created_at) values ('epoch')",
      "(updated_at) values ('epoch')",
    ]) {
      expect((await request({ user: "newcomer", sql: `insert into public.users ${columns}` })).refusal).toBe(denied);
    }
    const [row] = await query("select count(*)::int as count from public.users where id = 'newcomer'");
    expect(row).toEqual({ count: 0 });
  });
}
