import { beforeAll, describe, expect, it } from "vitest";
import { asTenantTable, type KnownTable, type LiveTableAccess } from "../../infra/adopt/code/components.ts";
import type { ExpressionScope } from "../../infra/adopt/code/expression/expression.ts";
import { Code, writeLiteral } from "../../infra/adopt/code/literal.ts";
import { namesIn } from "../../infra/adopt/code/table-names.ts";
import { type Grants, writeGrants } from "../../infra/desired/grants.ts";
import type { PolicyDefinition } from "../../infra/desired/policy-definition.ts";
import { loadParser } from "../../infra/sql/parser.ts";
import { postgresServer } from "../integration/truth/direct.ts";

const column = { type: "text", nullable: false };
const notes: KnownTable = {
  ...{ schema: "public", name: "notes", primaryKey: ["id"], hiddenColumns: [] },
  columns: [
    { ...column, field: "id", column: "id", isComputed: true },
    { ...column, field: "teamId", column: "team_id", mayNameOwner: true },
    { ...column, field: "title", column: "title" },
    { ...column, field: "madeAt", column: "made_at", isComputed: true },
  ],
};
const scope: ExpressionScope = {
  table: notes,
  names: namesIn("app", [{ ...notes, property: "notes" }]),
  function: ({ name }) => new Code(name, [name]),
};

const members = "(team_id = ANY (ARRAY( SELECT private.my_teams() AS my_teams)))";
const admins = "(team_id = ANY (ARRAY( SELECT private.my_admin_teams() AS my_admin_teams)))";
const service = { delete: true, insert: true, select: true, update: true } as const;
const usual: Grants = {
  authenticated: { delete: true, insert: ["team_id", "title"], select: true, update: ["title"] },
  service_role: service,
};

function policies(deletedBy = members): Readonly<Record<string, PolicyDefinition>> {
  const shared = { roles: ["authenticated"], as: "permissive" } as const;
  return {
    notes_select: { ...shared, command: "select", using: members },
    notes_insert: { ...shared, command: "insert", withCheck: members },
    notes_update: { ...shared, command: "update", using: members, withCheck: members },
    notes_delete: { ...shared, command: "delete", using: deletedBy },
  };
}

function live(grants: Grants = usual, of = policies(), more = {}): LiveTableAccess {
  const written = writeGrants(grants, postgresServer);
  return { args: { policies: of, grants }, input: { table: "public.notes", policies: of, grants: written, ...more } };
}

function written(of: LiveTableAccess): string | undefined {
  const args = asTenantTable(of, notes, scope, postgresServer);
  return args === undefined ? undefined : writeLiteral(args);
}

describe("a table's access of which a TenantTable would make just the same", () => {
  beforeAll(loadParser);

  it("is one, with its defaults", () => {
    expect(written(live())).toBe(
      "{ table: app.notes, members: sql`${app.notes.teamId} = any (array(select ${my_teams}()))` }",
    );
  });

  it("says who deletes where others do, and the privileges where they are not the usual ones", () => {
    const grants = { ...usual, authenticated: { select: true, update: ["title"] } as const };
    expect(written(live(grants, policies(admins)))).toBe(`{
  table: app.notes,
  members: sql\`\${app.notes.teamId} = any (array(select \${my_teams}()))\`,
  deletedBy: sql\`\${app.notes.teamId} = any (array(select \${my_admin_teams}()))\`,
  privileges: { select: true, update: [app.notes.title] },
}`);
    expect(written(live({ ...usual, authenticated: { select: true } }))).toContain('privileges: ["select"]');
    const everything = ["delete", "insert", "maintain", "references", "select", "trigger", "truncate", "update"];
    const all = Object.fromEntries(everything.map((privilege) => [privilege, true as const]));
    expect(written(live({ ...usual, authenticated: all }))).toContain('privileges: "all"');
  });

  it.each<[string, LiveTableAccess]>([
    ["users insert whole rows", live({ ...usual, authenticated: service })],
    ["the service role may more", live({ ...usual, service_role: { ...service, truncate: true } })],
    ["somebody else may read", live({ ...usual, anon: { select: true } })],
    [
      "a policy has another name",
      live(usual, { ...policies(), notes_select: undefined, seen: policies().notes_select } as never),
    ],
    [
      "there is another policy",
      live(usual, { ...policies(), more: { command: "select", roles: ["anon"], as: "permissive", using: "true" } }),
    ],
    [
      "a policy is for another role",
      live(usual, { ...policies(), notes_insert: { ...policies().notes_insert, roles: ["anon"] } as PolicyDefinition }),
    ],
    [
      "a policy is restrictive",
      live(usual, {
        ...policies(),
        notes_select: { ...policies().notes_select, as: "restrictive" } as PolicyDefinition,
      }),
    ],
    [
      "a policy has a comment",
      live(usual, { ...policies(), notes_select: { ...policies().notes_select, comment: "why" } as PolicyDefinition }),
    ],
    [
      "a policy has another condition",
      live(usual, {
        ...policies(),
        notes_insert: { ...policies().notes_insert, withCheck: admins } as PolicyDefinition,
      }),
    ],
    [
      "an update tests only the old row",
      live(usual, {
        ...policies(),
        notes_update: { command: "update", roles: ["authenticated"], as: "permissive", using: members },
      }),
    ],
    ["row security is for the owner too", live(usual, policies(), { forceRowSecurity: true })],
  ])("is none where %s", (_, of) => {
    expect(written(of)).toBeUndefined();
  });
});
