import { describe, expect, it } from "vitest";
import type { PolicyDefinition } from "../../infra/resources/policy/definition.ts";
import type { Role, Roles } from "../../infra/resources/roles.ts";
import { describeImpact } from "../../infra/resources/table-access/impact.ts";
import type { TableAccess } from "../../infra/resources/table-access/kind.ts";

const mine: PolicyDefinition = { command: "all", as: "permissive", roles: ["authenticated"], using: "user_id = me()" };
const table: TableAccess = {
  table: "public.tasks",
  owner: "postgres",
  rowSecurity: true,
  forceRowSecurity: false,
  policies: { mine },
  grants: { authenticated: { select: true, update: ["title"] }, service_role: { select: true } },
};
const role = (name: string, also: Partial<Role> = {}): [string, Role] => [
  name,
  { name, isSuperuser: false, bypasses: false, inherits: [], mayCreateInDatabase: false, mayBecome: true, ...also },
];
const roles: Roles = new Map([
  role("postgres", { bypasses: true }),
  role("anon"),
  role("authenticated"),
  role("service_role", { bypasses: true }),
  role("support", { inherits: ["agents"] }),
  role("agents", { inherits: ["authenticated"] }),
  role("admin", { isSuperuser: true, bypasses: true }),
]);
const made: TableAccess = {
  table: "public.tasks",
  owner: "postgres",
  rowSecurity: false,
  forceRowSecurity: false,
  policies: {},
  grants: {},
};
const tell = (before: TableAccess, after: TableAccess) =>
  describeImpact(before, after, roles).map(({ severity, message }) => `${severity}: ${message}`);

describe("The impact of a change on who reaches what", () => {
  it("is nothing where nothing changes", () => {
    expect(tell(table, table)).toEqual([]);
  });

  it("names what each role gains from a table that is declared first", () => {
    expect(tell(made, table)).toEqual([
      "info: authenticated gains select: the rows its policies let through",
      "info: authenticated gains update: the rows its policies let through (columns title)",
      "info: service_role gains select: every row",
    ]);
  });

  it("warns of row-level security that is switched off", () => {
    expect(tell(table, { ...table, rowSecurity: false })).toEqual([
      "warning: authenticated keeps select: every row instead of the rows its policies let through",
      "warning: authenticated keeps update: every row (columns title) instead of the rows its policies let through (columns title)",
    ]);
  });

  it("warns of a second policy that lets everything through, and of nothing more when a restrictive one narrows it", () => {
    const open: PolicyDefinition = { command: "select", as: "permissive", roles: ["public"], using: "true" };
    expect(tell(table, { ...table, policies: { mine, open } })).toEqual([
      "warning: authenticated keeps select: every row instead of the rows its policies let through",
    ]);
    const narrow: PolicyDefinition = { ...mine, as: "restrictive" };
    expect(tell(table, { ...table, policies: { mine, open, narrow } })).toEqual([
      "info: authenticated keeps select: the rows its policies let through, with other conditions",
      "info: authenticated keeps update: the rows its policies let through (columns title), with other conditions",
    ]);
  });

  it("counts neither a grant without a policy nor a policy without a grant as access", () => {
    const granted = { ...table, grants: { ...table.grants, anon: { select: true as const } } };
    expect(tell(table, granted)).toEqual([]);
    const allowed = { ...table, policies: { mine, theirs: { ...mine, roles: ["anon"] } } };
    expect(tell(table, allowed)).toEqual([]);
    expect(tell(table, { ...granted, policies: allowed.policies })).toEqual([
      "info: anon gains select: the rows its policies let through",
    ]);
  });

  it("names what everybody loses when a grant to public goes", () => {
    const before = { ...table, rowSecurity: false, grants: { public: { select: true as const } } };
    expect(tell(before, { ...before, grants: {} })).toContain("info: everybody loses select: was every row");
  });

  it("knows that an owner may do everything, and needs no grant for it", () => {
    const owned: TableAccess = { ...table, owner: "authenticated", grants: { service_role: { select: true } } };
    expect(tell(table, owned)).toEqual([
      "warning: authenticated keeps select: every row instead of the rows its policies let through",
      "warning: authenticated gains insert, delete: every row",
      "warning: authenticated keeps update: every row instead of the rows its policies let through (columns title)",
      "info: postgres loses select, insert, update, delete: was every row",
    ]);
    expect(tell(owned, { ...owned, grants: {} })).toEqual(["info: service_role loses select: was every row"]);
  });

  it("knows that forced row-level security asks the owner too, and nobody who bypasses it", () => {
    const owned: TableAccess = { ...table, owner: "authenticated", grants: {} };
    expect(tell(owned, { ...owned, forceRowSecurity: true })).toEqual([
      "info: authenticated keeps select, insert, update, delete: the rows its policies let through instead of every row",
    ]);
    expect(tell(table, { ...table, forceRowSecurity: true })).toEqual([]);
  });

  it("counts what a role has as a member of others, and as one of everybody", () => {
    const granted = (name: string) => ({ ...table, grants: { ...table.grants, [name]: { select: true as const } } });
    expect(tell(granted("support"), table)).toEqual([]);
    const everybody: TableAccess = { ...table, grants: { public: { select: true }, authenticated: { select: true } } };
    expect(tell(everybody, { ...everybody, grants: { public: { select: true } } })).toEqual([]);
    expect(tell(everybody, { ...everybody, grants: { authenticated: { select: true } } })).toEqual([]);
    const agents: TableAccess = { ...table, owner: "agents" };
    const direct = { ...agents, grants: { support: { delete: true as const } } };
    expect(tell(direct, { ...direct, grants: {} })).toEqual([]);
  });

  it("takes who bypasses row-level security from the catalog, whatever the role is called", () => {
    const none = new Map([role("service_role")]);
    const granted: TableAccess = { ...made, rowSecurity: true, grants: { service_role: { select: true } } };
    expect(describeImpact({ ...made, rowSecurity: true }, granted, none)).toEqual([]);
    expect(tell({ ...made, rowSecurity: true }, { ...granted, grants: { admin: { select: true } } })).toEqual([]);
  });

  it("calls only those conditions others that the command asks", () => {
    const before = { ...table, policies: { mine: { ...mine, withCheck: "user_id = me()" } } };
    expect(tell(table, before)).toEqual([]);
    expect(tell(before, { ...table, policies: { mine: { ...mine, withCheck: "other()" } } })).toEqual([
      "info: authenticated keeps update: the rows its policies let through (columns title), with other conditions",
    ]);
    const open = { ...table, policies: { mine: { ...mine, using: "true", withCheck: "user_id = me()" } } };
    expect(tell(open, { ...table, policies: { mine: { ...mine, using: "true", withCheck: "other()" } } })).toEqual([
      "info: authenticated keeps update: every row (columns title), with other conditions",
    ]);
    const idle = { idle: { ...mine, using: "false" }, wide: { ...mine, as: "restrictive" as const, using: "true" } };
    expect(tell(table, { ...table, policies: { mine, ...idle } })).toEqual([]);
  });
});
