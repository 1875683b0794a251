import { describe, expect, it } from "vitest";
import type { PolicyDefinition } from "../../infra/resources/policy/definition.ts";
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
const tell = (before: TableAccess | undefined, after: TableAccess) =>
  describeImpact(before, after).map(({ severity, message }) => `${severity}: ${message}`);

describe("The impact of a change on who reaches what", () => {
  it("is nothing where nothing changes", () => {
    expect(tell(table, table)).toEqual([]);
  });

  it("names what each role gains from a table that is declared first", () => {
    expect(tell(undefined, table)).toEqual([
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
});
