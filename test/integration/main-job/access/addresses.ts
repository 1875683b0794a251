import { describe, expect, it } from "vitest";
import type { Application } from "../../../support/application.ts";

const account = "00000000-0000-4000-8000-000000000001";
const ceo = "ceo@bigcorp.example";
const claims = (of: object) => ({ "request.jwt.claims": JSON.stringify(of) });

/** Tokens, and whose address counts for them. */
const tokens: readonly [string, object, string | null][] = [
  ["has an address", { sub: "newcomer", email: "New@Example.com" }, "new@example.com"],
  ["has a verified address", { sub: "newcomer", email: "new@example.com", email_verified: true }, "new@example.com"],
  ["calls its address unverified", { sub: "newcomer", email: ceo, email_verified: false }, null],
  ["calls its address unverified, as a text", { sub: "newcomer", email: ceo, email_verified: "False" }, null],
  ["has no address", { sub: "newcomer" }, null],
  ["has an address in what users write themselves", { sub: "newcomer", user_metadata: { email: ceo } }, null],
  ["has an address with a Kelvin sign", { sub: "newcomer", email: "\u212Aarl@example.com" }, "\u212Aarl@example.com"],
];

/** One notion of whose address it is: for the row of a new user, for invitations, and for their end. */
export function describeAddresses({ request }: Application): void {
  describe("the address that counts", () => {
    it.each(tokens)(
      "of a token that %s is the same for its user's row and for invitations",
      async (_, token, expected) => {
        const settings = claims(token);
        const sql = "insert into public.users default values returning email";
        expect((await request({ settings, sql })).rows).toEqual([{ email: expected }]);
        const { after } = await request({
          settings,
          sql: "select",
          after: "select private.current_user_email() as email",
        });
        expect(after).toEqual([{ email: expected }]);
      },
    );

    it.each([
      ["once it is confirmed", "now()", ceo],
      ["not as long as it is unconfirmed", "null", null],
    ])("of an account is in its row %s", async (_, confirmed, email) => {
      const before = `insert into auth.users (id, email, email_confirmed_at) values ('${account}', '${ceo}', ${confirmed})`;
      const sql = "insert into public.users default values returning email";
      expect((await request({ before, user: account, email: ceo, sql })).rows).toEqual([{ email }]);
    });

    it("is none that an identity provider for single sign-on claims", async () => {
      const before = `insert into auth.users (id, email, email_confirmed_at, is_sso_user) values ('${account}', 'invited@example.com', now(), true);
        insert into public.users (id) values ('${account}')`;
      const sql = "insert into public.organization_members (organization_id) values ('red')";
      const { refusal } = await request({ before, user: account, email: "invited@example.com", sql });
      expect(refusal).toMatch(/^42501 new row violates row-level security/);
    });

    it("is not claimed by leaving: an unverified address ends nobody's invitation", async () => {
      const invitation =
        "insert into public.organization_invitations (organization_id, email) values ('red', 'ann@example.com')";
      const settings = claims({ sub: "test-user-123", email: "ann@example.com", email_verified: false });
      const left = await request({
        before: invitation,
        settings,
        sql: "delete from public.organization_members where user_id = 'test-user-123'",
        after: "select email from public.organization_invitations where organization_id = 'red' order by 1",
      });
      expect(left).toMatchObject({ count: 1, after: [{ email: "ann@example.com" }, { email: "invited@example.com" }] });
    });

    it("goes with a subject that policies and defaults read alike", async () => {
      const forms: readonly Readonly<Record<string, string>>[] = [
        claims({ sub: "a" }),
        claims({ sub: "" }),
        claims({}),
        { "request.jwt.claims": "" },
        { "request.jwt.claims": "", "request.jwt.claim.sub": "b" },
        { ...claims({ sub: "a" }), "request.jwt.claim.sub": "b" },
      ];
      const after = "select integrity.token_subject() is not distinct from private.current_user_id() as same";
      for (const settings of forms)
        expect([settings, (await request({ settings, sql: "select", after })).after]).toEqual([
          settings,
          [{ same: true }],
        ]);
    });
  });

  describe("an invitation's address", () => {
    it.each(["\u212Aarl@example.com", "ann@ex\u0430mple.com", "a b@example.com", "ann@example.com\u00a0"])(
      "has no letters that pass for others: %s",
      async (email) => {
        const sql = `insert into public.organization_invitations (organization_id, email) values ('red', '${email}')`;
        expect((await request({ user: "red-admin", sql })).refusal).toMatch(
          /^23514 .*organization_invitations_email_check/,
        );
      },
    );
  });
}
