import { describe, expect, it } from "vitest";
import type { Application } from "../../../support/application.ts";

const account = "00000000-0000-4000-8000-000000000002";
const invite = (email: string) =>
  `insert into public.organization_invitations (organization_id, email) values ('red', '${email}')`;
const join = "insert into public.organization_members (organization_id) values ('red')";
const enrol = (user: string) =>
  `insert into public.organization_members (user_id, organization_id) values ('${user}', 'red')`;
const open =
  "select email from public.organization_invitations where organization_id = 'red' and email <> 'invited@example.com'";

/** Somebody who was removed stays outside until they are invited again, by whatever address they are known. */
export function describeRemoval({ request }: Application): void {
  describe("who was removed does not come back by an open invitation", () => {
    const remove = (user: string) => `delete from public.organization_members where user_id = '${user}'`;

    it("to the address of their account, when they first signed in with another one", async () => {
      const before = `insert into public.users (id, email) values ('${account}', 'old@example.com');
        insert into auth.users (id, email, email_confirmed_at) values ('${account}', 'New@example.com', now());
        ${enrol(account)}; ${invite("new@example.com")}; ${invite("old@example.com")}`;
      // The old address is not theirs any more: whoever has it now keeps the invitation.
      const removed = await request({ user: "red-admin", before, sql: remove(account), after: open });
      expect(removed).toMatchObject({ count: 1, after: [{ email: "old@example.com" }] });
      const asked = { user: account, email: "new@example.com", sql: join };
      const { refusal } = await request({ ...asked, before: `${before}; ${remove(account)}` });
      expect(refusal).toMatch(/^42501 new row violates row-level security/);
      const again = `${before}; ${remove(account)}; ${invite("new@example.com")}`;
      expect(await request({ ...asked, before: again })).toMatchObject({ count: 1 });
    });

    it("to the address by which they joined, where no account of ours has it", async () => {
      const before = `${invite("work@example.com")}; select set_config('request.jwt.claims', '{"sub": "former", "email": "work@example.com"}', true);
        ${enrol("former")}; select set_config('request.jwt.claims', '', true); ${invite("work@example.com")}`;
      const removed = await request({ user: "red-admin", before, sql: remove("former"), after: open });
      expect(removed).toMatchObject({ count: 1, after: [] });
    });

    it("and nobody else's is ended, where their row has no address", async () => {
      const before = `update public.users set email = null where id = 'test-user-123'; ${invite("ann@example.com")}`;
      const removed = await request({ user: "red-admin", before, sql: remove("test-user-123"), after: open });
      expect(removed).toMatchObject({ count: 1, after: [{ email: "ann@example.com" }] });
    });

    it("after their user was deleted", async () => {
      const before = invite("test-user-123@example.com");
      const sql = "delete from public.users where id = 'test-user-123'";
      const members = "(select count(*)::int from public.organization_members where user_id = 'test-user-123')";
      const after = `select ${members} as members, (select count(*)::int from (${open}) as left_open) as invitations`;
      expect(await request({ role: "service_role", before, sql, after })).toMatchObject({
        count: 1,
        after: [{ members: 0, invitations: 0 }],
      });
    });
  });

  it("an invitation that has expired lets nobody in, and shows nothing", async () => {
    const invited = {
      user: "invited",
      email: "invited@example.com",
      before: "update public.organization_invitations set expires_at = now() - interval '1 second'",
    };
    expect((await request({ ...invited, sql: join })).refusal).toMatch(/^42501 new row violates row-level security/);
    expect((await request({ ...invited, sql: "select from public.organizations" })).count).toBe(0);
    const sql = `${invite("ann@example.com")} returning expires_at = created_at + interval '14 days' as fortnight`;
    expect((await request({ user: "red-admin", sql })).rows).toEqual([{ fortnight: true }]);
  });
}
