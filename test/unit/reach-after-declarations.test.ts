import { describe, expect, it } from "vitest";
import type { Reachable } from "../../infra/access/reach/reachable.ts";
import { defaultPrivileges } from "../../infra/kinds/default-privileges/kind.ts";
import { role } from "../../infra/kinds/role/kind.ts";

const empty: Reachable = {
  ...{ roles: new Map(), exposedSchemas: ["public"], schemas: new Map(), relations: new Map(), functions: new Map() },
  ...{ publications: [], defaultPrivileges: [], buckets: [] },
};

describe("Who reaches what once something is declared", () => {
  it("leaves the API's login without the rights of its roles by itself, before PostgreSQL 16 too", () => {
    const declared = { name: "authenticator", memberOf: { anon: { admin: false } } };
    expect(role.reachAfter?.(empty, declared, "declared").roles.get("authenticator")).toMatchObject({
      memberships: [{ role: "anon", inherits: false, sets: true }],
      inherits: [],
    });
  });

  it("lets nobody execute new functions where default privileges give that to nobody", () => {
    const declared = { owner: "postgres", objects: "functions" as const, grants: {} };
    expect(defaultPrivileges.reachAfter?.(empty, declared, "declared").defaultPrivileges).toMatchObject([
      { owner: "postgres", objects: "functions", privileges: [] },
    ]);
  });
});
