import type { Application } from "../../../support/application.ts";

export type Role = "OWNER" | "ADMIN" | "MEMBER";
export type Organization = "red" | "blue";

export interface Person {
  /** The `sub` of their token; undefined: a token without one. */
  readonly user: string | undefined;
  readonly roles: { readonly [organization in Organization]?: Role };
}

/** One of the users' identifiers is a uuid, another is any text; both are users alike. */
export const uuid = "7d1f8a52-63a5-4c0e-9d7e-0b5a1e3c9f11";

/** Everybody who may ask, by what they are. */
const people = {
  "the owner of red": { user: "red-owner", roles: { red: "OWNER" } },
  "an admin of red": { user: "red-admin", roles: { red: "ADMIN" } },
  "a member of red": { user: "test-user-123", roles: { red: "MEMBER" } },
  "the owner of blue": { user: "blue-owner", roles: { blue: "OWNER" } },
  "an admin of blue": { user: "blue-admin", roles: { blue: "ADMIN" } },
  "a member of blue": { user: uuid, roles: { blue: "MEMBER" } },
  "an admin of red who is a member of blue": { user: "in-both", roles: { red: "ADMIN", blue: "MEMBER" } },
  "somebody who left both": { user: "former", roles: {} },
  "somebody who is invited to both": { user: "invited", roles: {} },
  "somebody who signed in a moment ago": { user: "newcomer", roles: {} },
  "a token without a subject": { user: undefined, roles: {} },
  "a token with an empty subject": { user: "", roles: {} },
} as const satisfies Readonly<Record<string, Person>>;

export const everybody: readonly (readonly [string, Person])[] = Object.entries(people);

export const organizations: readonly Organization[] = ["red", "blue"];

/** Everybody who has a row in `users`: the newcomer has none yet. */
export const users: readonly string[] = everybody.flatMap(([, { user = "" }]) =>
  user === "" || user === "newcomer" ? [] : [user],
);

/** The address in somebody's token. */
export const emailOf = ({ user }: Person) => (user ? `${user}@example.com` : undefined);

/** As what the one who is invited would join. */
export const invitedAs: Readonly<Record<Organization, Role>> = { red: "MEMBER", blue: "OWNER" };

export const isInvited = ({ user }: Person, organization: string | undefined) =>
  user === "invited" && organizations.some((name) => name === organization);

export const isMember = ({ roles }: Person, organization: string | undefined) =>
  organizations.some((name) => name === organization && roles[name] !== undefined);

export const administers = ({ roles }: Person, organization: string | undefined) =>
  organizations.some((name) => name === organization && (roles[name] === "ADMIN" || roles[name] === "OWNER"));

export const owns = ({ roles }: Person, organization: string | undefined) =>
  organizations.some((name) => name === organization && roles[name] === "OWNER");

export const sharesOrganization = (person: Person, user: string) =>
  everybody.some(
    ([, other]) => other.user === user && organizations.some((name) => isMember(person, name) && isMember(other, name)),
  );

/** Two organisations with the same rows in each: what differs is only whose they are. */
export async function populate({ query }: Application): Promise<void> {
  await query("insert into users (id, email) select name, name || '@example.com' from unnest($1::text[]) as name", [
    users,
  ]);
  for (const organization of organizations) {
    await query("insert into organizations (id, name, slug) values ($1, initcap($1), $1)", [organization]);
    const members = everybody.flatMap(([, { user, roles }]) =>
      isMember({ user, roles }, organization) ? [{ user, roles }] : [],
    );
    for (const { user, roles } of members) {
      const role = (roles as Person["roles"])[organization];
      await query("insert into organization_members (user_id, organization_id, role) values ($1, $2, $3)", [
        user,
        organization,
        role,
      ]);
    }
    await query(`
      insert into organization_invitations (organization_id, email, role)
        values ('${organization}', 'invited@example.com', '${invitedAs[organization]}');
      insert into customers (id, organization_id, name) values ('${organization}-customer', '${organization}', 'C');
      insert into projects (id, organization_id, name) values ('${organization}-project', '${organization}', 'P');
      insert into tasks (id, organization_id, project_id, title) values ('${organization}-task', '${organization}', '${organization}-project', 'T');
      insert into attachments (id, organization_id, task_id, name, path, content_type, size_bytes)
        values ('${organization}-attachment', '${organization}', '${organization}-task', 'A', '${organization}/a', 'text/plain', 1)`);
    // The one who left still has a conversation and a notification there; they are theirs no more.
    for (const user of [...members.map((member) => member.user), "former"]) {
      const id = `${user} in ${organization}`;
      await query("insert into ai_conversations (id, organization_id, user_id, title) values ($1, $2, $3, 'T')", [
        id,
        organization,
        user,
      ]);
      await query(
        "insert into notifications (id, organization_id, user_id, title, message) values ($1, $2, $3, 'T', 'M')",
        [id, organization, user],
      );
    }
  }
}
