import { beforeAll, describe, expect, it } from "vitest";
import { type ImpactNote, impactBetween } from "../../infra/access/impact/notes.ts";
import type { Reachable, RequestRole } from "../../infra/access/reach/reachable.ts";
import type { PolicyDefinition } from "../../infra/desired/policy-definition.ts";
import { policy } from "../../infra/kinds/policy/kind.ts";
import { type TableAccess, tableAccess } from "../../infra/kinds/table-access/kind.ts";
import { impactOfLeaving } from "../../infra/lifecycle/leaving.ts";
import type { Operation } from "../../infra/lifecycle/operation.ts";
import { loadParser } from "../../infra/sql/parser.ts";

const mine: PolicyDefinition = { command: "all", as: "permissive", roles: ["authenticated"], using: "user_id = me()" };
const table: TableAccess = {
  table: "public.tasks",
  owner: "postgres",
  rowSecurity: true,
  forceRowSecurity: false,
  policies: { mine },
  grants: { authenticated: { select: true, update: ["title"] }, service_role: { select: true } },
};
const role = (name: string, also: Partial<RequestRole> = {}): [string, RequestRole] => [
  name,
  {
    ...{ name, isSuperuser: false, bypassesRowSecurity: false, createsRoles: false, createsDatabases: false },
    ...{ replicates: false, logsIn: false, memberships: [], inherits: [], ...also },
  },
];
const roles = new Map([
  role("postgres", { bypassesRowSecurity: true }),
  role("anon"),
  role("authenticated"),
  role("service_role", { bypassesRowSecurity: true }),
  role("support", { inherits: ["agents"] }),
  role("agents", { inherits: ["authenticated"] }),
  role("admin", { isSuperuser: true, bypassesRowSecurity: true }),
]);
const empty: Reachable = {
  ...{ roles, exposedSchemas: ["public"], schemas: new Map(), relations: new Map(), functions: new Map() },
  ...{ publications: [], defaultPrivileges: [], buckets: [] },
};
const ownership =
  "altering and dropping the table, its policies and row-level security, granting on it, truncate, trigger, references";
const made: TableAccess = {
  table: "public.tasks",
  owner: "postgres",
  rowSecurity: false,
  forceRowSecurity: false,
  policies: {},
  grants: {},
};
const impact = (before: TableAccess, after: TableAccess, start = empty): readonly ImpactNote[] => {
  const declareIn = (reachable: Reachable, access: TableAccess) =>
    tableAccess.reachAfter?.(reachable, access, "declared") ?? reachable;
  const live = declareIn(start, before);
  return impactBetween(live, declareIn(live, after), [{ kind: "table", id: "public.tasks" }]).notes;
};
const tell = (before: TableAccess, after: TableAccess) =>
  impact(before, after).map(({ severity, message }) => `${severity}: ${message}`);

describe("The impact of a change on who reaches what", () => {
  beforeAll(loadParser);

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
      "warning: authenticated keeps update: every row (columns title) instead of the rows its policies let through (columns title)",
      "warning: authenticated keeps select: every row instead of the rows its policies let through",
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
      "warning: anon gains select: the rows its policies let through",
    ]);
  });

  it("names what everybody loses when a grant to public goes", () => {
    const before = { ...table, rowSecurity: false, grants: { public: { select: true as const } } };
    expect(tell(before, { ...before, grants: {} })).toContain("info: everybody loses select: was every row");
  });

  it("knows that an owner may do everything, and needs no grant for it", () => {
    const owned: TableAccess = { ...table, owner: "authenticated", grants: { service_role: { select: true } } };
    expect(tell(table, owned)).toEqual([
      `warning: authenticated gains an owner's rights: ${ownership}`,
      "warning: authenticated gains insert, delete: every row",
      "warning: authenticated keeps update: every row instead of the rows its policies let through (columns title)",
      "warning: authenticated keeps select: every row instead of the rows its policies let through",
      "info: postgres loses select, insert, update, delete: was every row",
      `info: postgres loses an owner's rights: ${ownership}`,
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
    expect(tell(everybody, { ...everybody, grants: { authenticated: { select: true } } })).toEqual([
      "info: service_role loses select: was every row",
    ]);
    const agents: TableAccess = { ...table, owner: "agents" };
    const direct = { ...agents, grants: { support: { delete: true as const } } };
    expect(tell(direct, { ...direct, grants: {} })).toEqual([]);
  });

  it("takes who bypasses row-level security from the catalog, whatever the role is called", () => {
    const none = new Map([role("service_role")]);
    const granted: TableAccess = { ...made, rowSecurity: true, grants: { service_role: { select: true } } };
    expect(impact({ ...made, rowSecurity: true }, granted, { ...empty, roles: none })).toEqual([]);
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

  describe("beside rows", () => {
    const holding = (grants: TableAccess["grants"]): TableAccess => ({ ...table, grants });
    const beside = { authenticated: { truncate: true, trigger: true, references: true, maintain: true } } as const;

    it("names every privilege that no policy is asked about, and warns of those that get past them", () => {
      expect(tell(holding({}), holding(beside))).toEqual([
        "warning: authenticated gains truncate: every row, whatever the policies say",
        "warning: authenticated gains trigger: its triggers run with the rights of whoever writes",
        "info: authenticated gains references: a foreign key tells which keys exist, whatever the policies say",
        "info: authenticated gains maintain: VACUUM, ANALYZE, REINDEX, and locks against everybody",
      ]);
      expect(tell(holding(beside), holding({})).map((line) => line.split(":")[1])).toEqual([
        " authenticated loses truncate",
        " authenticated loses references",
        " authenticated loses trigger",
        " authenticated loses maintain",
      ]);
      expect(tell(holding({}), holding({ service_role: { truncate: true } }))).toEqual([
        "info: service_role gains truncate: every row, whatever the policies say",
      ]);
    });

    it("names the columns of a privilege on columns, and the option to grant one", () => {
      const some = holding({ authenticated: { references: ["id"] } });
      expect(tell(some, holding({ authenticated: { references: ["id", "title"] } }))).toEqual([
        "info: authenticated gains references (columns title): a foreign key tells which keys exist, whatever the policies say",
      ]);
      const options = holding({
        authenticated: { "select with grant option": true, "update with grant option": ["title"] },
        service_role: { select: true },
      });
      expect(tell(table, options)).toEqual([
        "info: authenticated gains the grant option for select, update (columns title): granting it to any role",
      ]);
      expect(tell(options, table)).toEqual([
        "info: authenticated loses the grant option for select, update (columns title): granting it to any role",
      ]);
      const truncating = { "truncate with grant option": true } as const;
      expect(tell(holding({ anon: { truncate: true } }), holding({ anon: truncating }))).toEqual([
        "info: anon gains the grant option for truncate: granting it to any role",
      ]);
    });

    it("says nothing of what a role has by another way as well", () => {
      const twice = holding({ public: { truncate: true }, authenticated: { truncate: true } });
      expect(tell(twice, holding({ public: { truncate: true } }))).toEqual([]);
      const owned = { ...holding({}), owner: "authenticated" };
      expect(tell(owned, { ...owned, grants: beside })).toEqual([]);
      // What is granted anyway is no part of what an owner has beyond it.
      expect(tell(holding(beside), { ...owned, grants: beside })).toContain(
        "warning: authenticated gains an owner's rights: altering and dropping the table, its policies and row-level security, granting on it",
      );
    });
  });

  describe("on changing rows that can't be selected", () => {
    const reading: PolicyDefinition = { ...mine, command: "select" };
    const writing: PolicyDefinition = { ...mine, command: "update" };
    const both = { ...table, policies: { reading, writing } };
    const blind = { ...table, policies: { writing } };

    it("is told with the policy for select that goes or comes", () => {
      expect(tell(both, blind)).toEqual([
        "info: authenticated loses select: was the rows its policies let through",
        "info: authenticated reaches no row by update where columns are read: select is missing",
      ]);
      expect(tell(blind, both)).toEqual([
        "info: authenticated gains select: the rows its policies let through",
        "info: authenticated reaches rows by update where columns are read: select is there now",
      ]);
      expect(tell(blind, { ...table, policies: { writing: { ...writing, using: "other()" } } })).toEqual([
        "info: authenticated keeps update: the rows its policies let through (columns title), with other conditions",
      ]);
    });

    it("is told with a command that comes without select", () => {
      expect(tell({ ...table, policies: {} }, blind)).toEqual([
        "info: authenticated gains update: the rows its policies let through (columns title)",
        "info: authenticated reaches no row by update where columns are read: select is missing",
      ]);
    });

    it("is told as a refusal where the privilege is missing", () => {
      const deleting = { ...table, grants: { authenticated: { select: true, delete: true }, anon: {} } } as const;
      expect(tell(deleting, { ...table, grants: { authenticated: { delete: true } } })).toEqual([
        "info: authenticated loses select: was the rows its policies let through",
        "info: authenticated is refused delete where columns are read: select is missing",
      ]);
      expect(tell(table, { ...table, grants: {}, policies: {} })).not.toContainEqual(
        expect.stringContaining("columns are read"),
      );
    });

    it("names the table where it is not what the notes are about", () => {
      const declareIn = (of: TableAccess) =>
        ["public.tasks", "public.notes"].reduce(
          (known, name) => tableAccess.reachAfter?.(known, { ...of, table: name }, "declared") ?? known,
          empty,
        );
      const { notes, lines } = impactBetween(declareIn(both), declareIn(blind), [
        { kind: "table", id: "public.tasks" },
      ]);
      const missing = (messages: readonly { readonly message: string }[]) =>
        messages.flatMap(({ message }) => (message.includes("columns are read") ? [message] : [])).sort();
      const [ofNotes, ofTasks] = ["notes", "tasks"].map(
        (name) => `authenticated reaches no row by update on public.${name} where columns are read: select is missing`,
      );
      expect(missing(lines)).toEqual([ofNotes, ofTasks]);
      expect(missing(notes)).toEqual([
        ofNotes,
        "authenticated reaches no row by update where columns are read: select is missing",
      ]);
    });
  });

  it("keeps an update of files to a bucket only where both of its conditions name it", () => {
    const files = (withCheck?: string): TableAccess => ({
      ...{ ...table, table: "storage.objects", grants: { authenticated: { update: true } } },
      policies: {
        moving: {
          ...{ command: "update", as: "permissive", roles: ["authenticated"], using: "bucket_id = 'avatars'" },
          ...(withCheck === undefined ? {} : { withCheck }),
        },
      },
    });
    const gained = (withCheck?: string) =>
      impact({ ...files(), policies: {} }, files(withCheck)).flatMap(({ message }) =>
        message.includes("gains update") ? [message] : [],
      );
    const inAvatars = "authenticated gains update on files of avatars: every file";
    const anywhere = "authenticated gains update on files of any bucket: the files its policies let through";
    expect(gained()).toEqual([inAvatars]);
    expect(gained("bucket_id = 'avatars'")).toEqual([inAvatars]);
    expect(gained("true")).toEqual([anywhere]);
    expect(gained("owner_id = me()")).toEqual([anywhere]);
    expect(gained("bucket_id = 'logos'")).toEqual([anywhere]);
  });

  it("is told of two policies that leave the program together, though each by itself would change nothing", async () => {
    const open: PolicyDefinition = { command: "select", as: "permissive", roles: ["authenticated"], using: "true" };
    const declared = { ...table, policies: { first: open, second: open } };
    const live = tableAccess.reachAfter?.(empty, declared, "declared") ?? empty;
    const managed = ["second", "first"].map((name) => {
      const inputs = { table: "public.tasks", name, ...open };
      const state = { urn: `urn:pulumi:dev::shop::palisade:index:Policy::${name}`, inputs, kept: {} };
      return { kind: "Policy", id: `public.tasks/${name}`, found: { inputs, kept: {} }, state };
    });
    const operation = {
      declarations: { all: () => [], access: { schemas: new Map() } },
      managed: { all: () => managed },
      kindNamed: () => policy,
      reachable: async () => live,
    } as unknown as Operation;
    const told = [...(await impactOfLeaving(operation))].map(([urn, { notes }]) => [urn.split("::").at(-1), notes]);
    expect(told).toEqual([
      ["first", []],
      ["second", [{ severity: "info", message: "authenticated loses select on public.tasks: was every row" }]],
    ]);
  });
});
