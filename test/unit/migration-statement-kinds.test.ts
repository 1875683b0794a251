import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { beforeAll, describe, expect, it } from "vitest";
import type { Effect } from "../../infra/access/effects/effect.ts";
import { tellFunctionsOfSchema } from "../../infra/access/effects/judge-schema.ts";
import { readEffects } from "../../infra/access/effects/read-effects.ts";
import { tellRoles } from "../../infra/access/effects/role-effects.ts";
import type { Declaration } from "../../infra/desired/declarations.ts";
import { kindNamed } from "../../infra/kinds/registry.ts";
import { contradictionsOf } from "../../infra/migrations/pending/contradictions.ts";
import { SchemaChanges } from "../../infra/migrations/scripts/schema-changes.ts";
import { loadParser, parseStatements } from "../../infra/sql/parser.ts";

const judge = (effects: readonly Effect[], declaration: Declaration) =>
  contradictionsOf(effects, declaration, { kindNamed });

beforeAll(loadParser);

/** Statements that may change access to what is declared, each with an example of one that does. */
const read: Readonly<Record<string, string>> = {
  GrantStmt: "grant select on tasks to anon",
  AlterDefaultPrivilegesStmt: "alter default privileges in schema public grant select on tables to anon",
  GrantRoleStmt: "grant service_role to anon",
  AlterRoleStmt: "alter role anon bypassrls",
  DropRoleStmt: "drop role anon",
  DropOwnedStmt: "drop owned by anon",
  ReassignOwnedStmt: "reassign owned by anon to postgres",
  CreatePolicyStmt: "create policy p on tasks",
  AlterPolicyStmt: "alter policy p on tasks using (true)",
  AlterTableStmt: "alter table tasks disable row level security",
  AlterOwnerStmt: "alter schema private owner to anon",
  AlterObjectSchemaStmt: "alter function private.f() set schema public",
  RenameStmt: "alter function private.f() rename to g",
  DropStmt: "drop policy p on tasks",
  CreateFunctionStmt: "create function private.f() returns int language sql as 'select 1'",
  AlterFunctionStmt: "alter function private.f() security definer",
  CreateSchemaStmt: "create schema private",
  CreatePublicationStmt: "create publication sent",
  AlterPublicationStmt: "alter publication sent add table tasks",
  InsertStmt: "insert into storage.buckets (id) values ('files')",
  UpdateStmt: "update storage.buckets set public = true",
  DeleteStmt: "delete from storage.buckets",
  MergeStmt: "merge into storage.buckets b using files f on b.id = f.id when matched then delete",
  TruncateStmt: "truncate storage.buckets cascade",
  CopyStmt: "copy storage.buckets from stdin",
  SelectStmt: "with opened as (update storage.buckets set public = true returning 1) select 1",
  ExplainStmt: "explain analyze update storage.buckets set public = true",
  PrepareStmt: "prepare opening as update storage.buckets set public = true",
  CreateTableAsStmt:
    "create table copies as with opened as (update storage.buckets set public = true returning 1) select 1 from opened",
};

/** Statements that run what their text does not say. What that did of what is declared is seen in the catalog, and brought back. */
const unknown = ["DoStmt", "CallStmt", "ExecuteStmt", "CreateExtensionStmt", "AlterExtensionStmt"];

/** Statements that change the meaning of later ones, which are read as the deploying role's, with names in `public`. */
const settings = ["VariableSetStmt", "AlterRoleSetStmt", "AlterDatabaseSetStmt", "AlterSystemStmt", "DiscardStmt"];

/** Statements that make something that no resource declares, or change nothing that one does. */
const withoutEffect = [
  ...["CreateStmt", "CreateForeignTableStmt", "ViewStmt", "RuleStmt", "CreateTrigStmt", "IndexStmt", "CreateSeqStmt"],
  ...["AlterSeqStmt", "CreateRoleStmt", "DefineStmt", "CreateDomainStmt", "AlterDomainStmt"],
  ...["CompositeTypeStmt", "CreateEnumStmt", "AlterEnumStmt", "CreateRangeStmt", "AlterTypeStmt", "CreateCastStmt"],
  ...["CreateConversionStmt", "CreateOpClassStmt", "CreateOpFamilyStmt", "AlterOpFamilyStmt", "AlterOperatorStmt"],
  ...["CreateTransformStmt", "CreatePLangStmt", "CreateAmStmt", "CreateStatsStmt", "AlterStatsStmt"],
  ...["AlterCollationStmt", "AlterTSDictionaryStmt", "AlterTSConfigurationStmt", "AlterExtensionContentsStmt"],
  ...["CreateFdwStmt", "AlterFdwStmt", "CreateForeignServerStmt", "AlterForeignServerStmt", "ImportForeignSchemaStmt"],
  ...["CreateUserMappingStmt", "AlterUserMappingStmt", "DropUserMappingStmt", "CreateEventTrigStmt"],
  ...["AlterEventTrigStmt", "CreateSubscriptionStmt", "AlterSubscriptionStmt", "DropSubscriptionStmt"],
  ...["CreateTableSpaceStmt", "DropTableSpaceStmt", "AlterTableSpaceOptionsStmt", "AlterTableMoveAllStmt"],
  ...["CreatedbStmt", "DropdbStmt", "AlterDatabaseStmt", "AlterDatabaseRefreshCollStmt", "AlterObjectDependsStmt"],
  ...["CommentStmt", "SecLabelStmt", "VariableShowStmt", "TransactionStmt", "ConstraintsSetStmt", "LockStmt"],
  ...[
    "DeclareCursorStmt",
    "FetchStmt",
    "ClosePortalStmt",
    "DeallocateStmt",
    "NotifyStmt",
    "ListenStmt",
    "UnlistenStmt",
  ],
  ...["VacuumStmt", "ClusterStmt", "ReindexStmt", "RefreshMatViewStmt", "CheckPointStmt", "LoadStmt"],
];

/** Parts of statements that the grammar calls so. */
const parts = ["RawStmt", "SetOperationStmt", "ReturnStmt", "PLAssignStmt", "ReplicaIdentityStmt"];

describe("the statements of the grammar", () => {
  it("are each known, by what they may do to what is declared", () => {
    const types = createRequire(createRequire(import.meta.url).resolve("libpg-query")).resolve(
      "@pgsql/types/types.d.ts",
    );
    const all = [...readFileSync(types, "utf8").matchAll(/^export interface (\w+Stmt)\b/gm)].map(([, name]) => name);
    const known = [...Object.keys(read), ...unknown, ...settings, ...withoutEffect, ...parts];
    expect(all.length).toBeGreaterThan(100);
    expect(known.toSorted()).toEqual(all.toSorted());
  });

  it.each(Object.entries(read))("are read where they may: %s", (type, sql) => {
    expect(Object.keys(parseStatements(sql)[0] ?? {})).toEqual([type]);
    expect(readEffects("1_x", sql, "postgres")).not.toEqual([]);
  });
});

const tasks = (owner: string): Declaration => ({
  urn: `tasks of ${owner}`,
  kind: "TableAccess",
  id: "public.tasks",
  inputs: {
    table: "public.tasks",
    owner,
    rowSecurity: true,
    forceRowSecurity: false,
    policies: { own: { command: "all", as: "permissive", roles: ["agent"], using: "true" } },
    grants: { authenticated: { select: true }, public: { select: true } },
  },
});
const me: Declaration = {
  urn: "me",
  kind: "Function",
  id: "private.me()",
  inputs: { signature: "private.me()", owner: "postgres", definition: "", execute: ["authenticated"] },
};
const bucket: Declaration = {
  urn: "bucket",
  kind: "Bucket",
  id: "files",
  inputs: { name: "files", public: false, avifAutodetection: false },
};

describe("what a migration does to a role that declarations name", () => {
  const said = (sql: string, declarations: readonly Declaration[] = [tasks("postgres"), me]) => {
    const told = declarations.flatMap(({ kind, inputs }) =>
      tellRoles(readEffects("1_x", sql, "postgres"), kindNamed(kind)?.roles?.(inputs) ?? {}),
    );
    return [
      ...new Set(
        told.map(({ severity, message }) => `${severity}: ${message.replace("the pending migration 1_x ", "")}`),
      ),
    ];
  };

  it.each([
    [
      "drop owned by authenticated, agent, other",
      [
        "warning: drops what authenticated owns, its privileges and the policies for it alone, declared ones among them: the update makes them again, tables excepted",
        "warning: drops what agent owns, its privileges and the policies for it alone, declared ones among them: the update makes them again, tables excepted",
      ],
    ],
    [
      "reassign owned by current_user to agent",
      ["warning: gives what postgres owns to agent, declared objects among it: the update gives these back"],
    ],
    ["reassign owned by authenticated to agent", []],
    [
      "alter role authenticated rename to people",
      [
        "warning: renames the role authenticated to people, and declared objects name it as before: the update fails without that name",
      ],
    ],
    [
      "drop role if exists authenticated",
      ["warning: drops the role authenticated, which declared objects name: the update fails without it"],
    ],
    [
      "alter role authenticated with createdb bypassrls",
      [
        "warning: makes authenticated BYPASSRLS: no declared policy asks it any more, and only a Role that declares it changes that back",
      ],
    ],
    [
      "alter user agent nosuperuser",
      [
        "warning: makes agent NOSUPERUSER: that decides whether declared policies ask it, and only a Role that declares it changes that back",
      ],
    ],
    [
      "grant authenticated to anon",
      [
        "warning: makes anon a member of authenticated, for whom objects are declared: only a Role that declares it changes that back",
      ],
    ],
    [
      "alter group authenticated add user anon",
      [
        "warning: makes anon a member of authenticated, for whom objects are declared: only a Role that declares it changes that back",
      ],
    ],
    [
      "revoke authenticated from authenticator",
      [
        "info: ends authenticator's membership of authenticated, for whom objects are declared: only a Role that declares it changes that back",
      ],
    ],
    ["revoke admin option for authenticated from anon", []],
    ["drop owned by other; alter role other bypassrls; grant other to authenticated; create role new", []],
  ])("is told once, whatever the number of resources: %s", (sql, expected) => {
    expect(said(sql)).toEqual(expected);
  });

  it("counts an owner who is declared, and one who becomes what is declared", () => {
    expect(said("reassign owned by agent to postgres", [tasks("postgres")])).toEqual([]);
    expect(said("reassign owned by agent to postgres", [tasks("agent")])).toHaveLength(1);
  });

  it("is told of a role with declared members where it ends or changes its name, and not where that is no matter", () => {
    expect(said("drop role reader", [editor])).toEqual([
      "warning: drops the role reader, which declared objects name: the update fails without it",
    ]);
    expect(said("alter role reader rename to viewer", [editor])).toHaveLength(1);
    expect(said("alter role reader bypassrls; grant reader to anon; drop owned by reader", [editor])).toEqual([]);
  });
});

const editor: Declaration = {
  urn: "editor",
  kind: "Role",
  id: "editor",
  inputs: { name: "editor", login: false, bypassRowLevelSecurity: false, memberOf: { reader: { admin: false } } },
};
const newTables: Declaration = {
  urn: "new tables",
  kind: "DefaultPrivileges",
  id: "postgres/public/tables",
  inputs: { owner: "postgres", schema: "public", objects: "tables", grants: { authenticated: ["select"] } },
};

describe("what a migration does to", () => {
  it.each([
    ["alter role editor bypassrls", ["makes editor BYPASSRLS, which the resource does not declare: takes it back"]],
    ["alter role editor bypassrls; alter role editor nobypassrls; alter role reader bypassrls", []],
    [
      "grant service_role to editor",
      ["makes editor a member of service_role, which the resource does not declare: takes it back"],
    ],
    ["grant reader to editor; grant editor to anon", []],
    ["revoke reader from editor", ["ends editor's membership of reader, which the resource declares: grants it again"]],
    ["drop role editor", ["drops the role editor, which the resource declares: makes it again"]],
  ])("a declared role is told: %s", (sql, expected) => {
    expect(wordsOf(sql, editor)).toEqual(expected);
  });

  it.each([
    [
      "alter default privileges in schema public, private grant insert, select on tables to authenticated",
      [
        "grants insert on the default privileges postgres/public/tables to authenticated, which the resource does not declare: takes it back",
      ],
    ],
    [
      "alter default privileges for role postgres in schema public revoke all on tables from authenticated",
      [
        "revokes select on the default privileges postgres/public/tables from authenticated, which the resource declares: grants it again",
      ],
    ],
    ["alter default privileges for role other in schema public grant insert on tables to anon", []],
    ["alter default privileges grant insert on tables to anon", []],
    ["alter default privileges in schema public grant usage on sequences to anon", []],
  ])("declared default privileges is told: %s", (sql, expected) => {
    expect(wordsOf(sql, newTables)).toEqual(expected);
  });

  const wordsOf = (sql: string, declaration: Declaration) =>
    judge(readEffects("1_x", sql, "postgres"), declaration).map(
      ({ action, declared, remedy }) => `${action}, which the resource ${declared}: ${remedy}`,
    );

  it.each([
    ["truncate tasks, storage.buckets cascade", "deletes the bucket files"],
    ["delete from storage.buckets", "deletes the bucket files"],
    ["delete from storage.buckets where public", "may delete the bucket files"],
    ["copy storage.buckets (id, name) from stdin", "makes buckets"],
    ["copy storage.buckets to stdout", undefined],
    ["truncate public.buckets", undefined],
  ])("a bucket is told: %s", (sql, action) => {
    const found = judge(readEffects("1_x", sql, "postgres"), bucket).map((each) => each.action);
    expect(found).toEqual(action === undefined ? [] : [action]);
  });

  it.each([
    "alter table public.tasks set schema archive",
    "alter table public.tasks rename to old_tasks",
    "alter schema public rename to old",
    "drop table public.tasks",
    "drop schema public cascade",
  ])("a table's name refuses its declaration: %s", (sql) => {
    const changes = new SchemaChanges().read("1_x", sql);
    expect(changes.takenBy("relation", { schema: "public", name: "tasks" })?.migration).toBe("1_x");
    expect(changes.changesWhatExists).toBe(true);
  });

  it.each([
    ["alter schema private rename to hidden", "renames the schema private to hidden"],
    ["drop schema private cascade", "drops the schema private"],
    ["alter schema private rename to hidden; alter schema hidden rename to private", undefined],
    ["alter schema public rename to hidden", undefined],
  ])("a function's schema is told: %s", (sql, action) => {
    const told = tellFunctionsOfSchema(readEffects("1_x", sql, "postgres"), me.id);
    expect(told.map(({ message }) => message)).toEqual(
      action === undefined
        ? []
        : [
            `the pending migration 1_x ${action}, with declared functions in it: the update makes these again, where the schema is declared`,
          ],
    );
  });

  it.each([
    ["alter function private.me() set schema archive", "renames the function private.me()"],
    ["alter routine private.me() rename to you", "renames the function private.me()"],
  ])("a function's name is told: %s", (sql, action) => {
    expect(judge(readEffects("1_x", sql, "postgres"), me).map((each) => each.action)).toEqual([action]);
  });
});
