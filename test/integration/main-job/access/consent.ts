import { describe, expect, it } from "vitest";
import type { Application, Statement } from "../../../support/application.ts";
import { uuid } from "./people.ts";

const rowRefused = (table: string) => `42501 new row violates row-level security policy for table "${table}"`;
const denied = (table: string) => `42501 permission denied for table ${table}`;
const join = (organization: string, role: string) =>
  `insert into public.organization_members (organization_id, role) values ('${organization}', '${role}')`;
const invitationsOf = (email: string) =>
  `select organization_id, role from public.organization_invitations where email = '${email}' order by 1`;

/** Nobody is a member who did not want to be, and nobody's address is known to an organisation before they joined it. */
export function describeConsent({ request }: Application): void {
  const invited = { user: "invited", email: "invited@example.com" };

  describe("an invitation", () => {
    it("is given by an administrator to an address, whoever has it, and says who gave it and when", async () => {
      const sql = `insert into public.organization_invitations (organization_id, email, role)
        values ('red', ' New@Example.com', 'ADMIN') returning email, invited_by_id, created_at = now()::timestamptz(3) as now`;
      const { rows } = await request({ user: "red-admin", sql });
      expect(rows).toEqual([{ email: "new@example.com", invited_by_id: "red-admin", now: true }]);
    });

    it("tells nothing of who there is: a known address and an unknown one are answered alike", async () => {
      for (const email of ["blue-owner@example.com", "nobody@example.com"]) {
        const sql = `insert into public.organization_invitations (organization_id, email) values ('red', '${email}')`;
        expect(await request({ user: "red-admin", sql })).toMatchObject({ count: 1 });
        const sight = { user: "red-admin", before: sql, sql: "select id from public.users where id = 'blue-owner'" };
        expect(await request(sight)).toMatchObject({ rows: [] });
      }
    });

    it("is accepted by whoever has the address, in whatever letters, and is then used up", async () => {
      for (const email of ["invited@example.com", "Invited@Example.com"]) {
        const accepted = await request({
          user: "invited",
          email,
          sql: join("red", "MEMBER"),
          after: invitationsOf("invited@example.com"),
        });
        expect(accepted).toMatchObject({ count: 1, after: [{ organization_id: "blue" }] });
      }
    });

    it("shows its organisation, so that one knows what one accepts, and nothing else of it", async () => {
      const { rows } = await request({ ...invited, sql: "select name from public.organizations order by 1" });
      expect(rows).toEqual([{ name: "Blue" }, { name: "Red" }]);
      for (const table of ["organization_members", "projects", "tasks", "attachments"]) {
        expect(await request({ ...invited, sql: `select * from public.${table}` })).toMatchObject({ rows: [] });
      }
      const { rows: known } = await request({ ...invited, sql: "select id from public.users" });
      expect(known).toEqual([{ id: "invited" }]);
    });

    it("is declined by the one it is for, and taken back by an administrator", async () => {
      const sql = "delete from public.organization_invitations where organization_id = 'red'";
      for (const asked of [invited, { user: "red-admin" }]) {
        expect(await request({ ...asked, sql })).toMatchObject({ count: 1 });
      }
      // A member, and an administrator of another organisation, find none to take back.
      for (const user of ["test-user-123", "blue-owner"])
        expect(await request({ user, sql })).toMatchObject({ count: 0 });
      const ofAnOwner = "delete from public.organization_invitations where organization_id = 'blue'";
      expect(await request({ user: "blue-admin", sql: ofAnOwner })).toMatchObject({ count: 0 });
    });

    it("to be an owner is an owner's to give", async () => {
      const sql = `insert into public.organization_invitations (organization_id, email, role) values ('red', 'x@example.com', 'OWNER')`;
      expect((await request({ user: "red-admin", sql })).refusal).toBe(rowRefused("organization_invitations"));
      expect(await request({ user: "red-owner", sql })).toMatchObject({ count: 1 });
      expect(await request({ ...invited, sql: join("blue", "OWNER") })).toMatchObject({ count: 1 });
    });

    it("names no other inviter, and no other time", async () => {
      for (const column of ["id", "invited_by_id", "created_at", "expires_at"]) {
        const sql = `insert into public.organization_invitations (organization_id, email, ${column}) values ('red', 'x@example.com', null)`;
        expect((await request({ user: "red-admin", sql })).refusal).toBe(denied("organization_invitations"));
      }
    });

    it("is to an address, and to each only once", async () => {
      const invite = (email: string) =>
        `insert into public.organization_invitations (organization_id, email) values ('red', '${email}')`;
      for (const email of ["", " ", "nobody", "@"])
        expect((await request({ user: "red-admin", sql: invite(email) })).refusal).toMatch(/^235(02|14) /);
      const { refusal } = await request({ user: "red-admin", sql: invite("INVITED@example.com") });
      expect(refusal).toMatch(/^23505 .*organization_invitations_organization_id_email_key/);
    });
  });

  describe("nobody becomes a member", () => {
    it("at somebody else's will: an administrator enrols neither a known nor an unknown user", async () => {
      for (const user of [uuid, "former", "nobody"]) {
        const sql = `insert into public.organization_members (user_id, organization_id) values ('${user}', 'red')`;
        for (const admin of ["red-admin", "red-owner"])
          expect((await request({ user: admin, sql })).refusal).toBe(denied("organization_members"));
      }
    });

    const withoutInvitation: readonly [string, Partial<Statement> & { readonly sql: string }][] = [
      ["without an invitation", { user: "former", email: "former@example.com", sql: join("red", "MEMBER") }],
      ["with more than they were invited to", { ...invited, sql: join("red", "ADMIN") }],
      ["with less, as something else", { ...invited, sql: join("blue", "MEMBER") }],
      ["of an organisation that does not exist", { ...invited, sql: join("green", "MEMBER") }],
      [
        "by another's address in a token without a subject",
        { email: "invited@example.com", sql: join("red", "MEMBER") },
      ],
      ["by a token without an address", { user: "invited", sql: join("red", "MEMBER") }],
      ["by a token with an empty address", { user: "invited", email: "", sql: join("red", "MEMBER") }],
      [
        "by an address in what users write into their token themselves",
        {
          sql: join("red", "MEMBER"),
          settings: {
            "request.jwt.claims": JSON.stringify({ sub: "former", user_metadata: { email: "invited@example.com" } }),
          },
        },
      ],
      [
        "by an address that the token calls unverified",
        {
          sql: join("red", "MEMBER"),
          settings: {
            "request.jwt.claims": JSON.stringify({
              sub: "invited",
              email: "invited@example.com",
              email_verified: false,
            }),
          },
        },
      ],
    ];
    it.each(withoutInvitation)("%s", async (_, statement) => {
      expect((await request(statement)).refusal).toBe(rowRefused("organization_members"));
    });

    it("by an invitation that was used: who was removed stays outside, also with another invitation of before", async () => {
      const again = `insert into public.organization_invitations (organization_id, email) values ('red', 'test-user-123@example.com')`;
      const remove = "delete from public.organization_members where user_id = 'test-user-123'";
      const { refusal } = await request({
        user: "test-user-123",
        email: "test-user-123@example.com",
        before: `${again}; ${remove}`,
        sql: join("red", "MEMBER"),
      });
      expect(refusal).toBe(rowRefused("organization_members"));
      const asked = { user: "test-user-123", email: "test-user-123@example.com", sql: join("red", "MEMBER") };
      expect(await request({ ...asked, before: `${remove}; ${again}` })).toMatchObject({ count: 1 });
    });

    it.each([
      ["left", "delete from public.organization_members where user_id = 'red-admin'"],
      [
        "is no administrator any more",
        "update public.organization_members set role = 'MEMBER' where user_id = 'red-admin'",
      ],
    ])("by the invitation of somebody who %s", async (_, change) => {
      const given = `update public.organization_invitations set invited_by_id = 'red-admin' where organization_id = 'red'`;
      const { refusal } = await request({ ...invited, before: `${given}; ${change}`, sql: join("red", "MEMBER") });
      expect(refusal).toBe(rowRefused("organization_members"));
      expect(await request({ ...invited, before: given, sql: join("red", "MEMBER") })).toMatchObject({ count: 1 });
    });
  });

  describe("an address of this project's own auth server", () => {
    const account = (email: string, confirmed: string) => `
      insert into public.users (id) values ('00000000-0000-4000-8000-000000000001');
      insert into auth.users (id, email, email_confirmed_at) values ('00000000-0000-4000-8000-000000000001', '${email}', ${confirmed})`;
    const asked = {
      user: "00000000-0000-4000-8000-000000000001",
      email: "invited@example.com",
      sql: join("red", "MEMBER"),
    };

    it("counts when it is confirmed", async () => {
      expect(await request({ ...asked, before: account("Invited@example.com", "now()") })).toMatchObject({ count: 1 });
    });

    it.each([
      ["before it is confirmed", "invited@example.com", "null"],
      ["after it was given up for another", "other@example.com", "now()"],
    ])("does not count %s", async (_, email, confirmed) => {
      const { refusal } = await request({ ...asked, before: account(email, confirmed) });
      expect(refusal).toBe(rowRefused("organization_members"));
    });
  });
}
