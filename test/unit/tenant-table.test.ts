import * as pulumi from "@pulumi/pulumi";
import { beforeAll, describe, expect, it } from "vitest";
import { TenantTable, type TenantTableArgs } from "../../infra/components/tenant-table.ts";
import { defineTable } from "../../infra/prisma/reference.ts";
import { sql } from "../../infra/sql/tag.ts";

const columns = { id: "id", teamId: "team_id", folderId: "folder_id", title: "title", madeAt: "made_at" };
const notes = defineTable("public", "notes", columns, undefined, {
  key: ["id"],
  computed: ["id", "madeAt"],
  owners: ["teamId", "folderId"],
});
const plain = defineTable("public", "notes", columns);
const members = sql`${notes.teamId} = any (array(select my_teams()))`;

/** What the component grants signed-in users. */
let granted: unknown;

async function grantsOf(args: Omit<TenantTableArgs, "members"> & Partial<TenantTableArgs>): Promise<unknown> {
  granted = undefined;
  const { access } = new TenantTable("notes", { members, ...args });
  await new Promise((resolve) => access.urn.apply(resolve));
  return granted;
}

describe("a table of tenants", () => {
  beforeAll(() =>
    pulumi.runtime.setMocks({
      newResource: ({ type, inputs, name }) => {
        if (type === "palisade:index:TableAccess") granted = inputs.grants.authenticated;
        return { id: name, state: inputs };
      },
      call: ({ inputs }) => inputs,
    }),
  );

  it("keeps from users what the database computes, and whose a row is once it is made", async () => {
    const expected = {
      select: true,
      insert: ["team_id", "folder_id", "title"],
      // The folder is in no condition: rows move between folders.
      update: ["folder_id", "title"],
      delete: true,
    };
    expect(await grantsOf({ table: notes })).toEqual(expected);
    expect(await grantsOf({ table: notes, privileges: ["select", "insert", "update", "delete"] })).toEqual(expected);
    expect(await grantsOf({ table: notes, members: sql`(${sql`${members}`}) and true` })).toEqual(expected);
  });

  it("finds whose a row is in every column that the condition tests", async () => {
    const both = sql`${members} and ${notes.folderId} = any (array(select my_folders()))`;
    expect(await grantsOf({ table: notes, members: both })).toMatchObject({ update: ["title"] });
  });

  it.each([
    ["plain text", sql`team_id = any (array(select my_teams()))`],
    ["a table's name before it", sql`notes.team_id in (select folder.folder_id from folder)`],
    ["quotes", sql`"team_id" = 'red'`],
    ["plain text beside a column that is a value", sql`${notes.title} <> '' and team_id = 'red'`],
  ])("finds it in a condition with %s", async (_, members) => {
    expect(await grantsOf({ table: notes, members })).toMatchObject({ update: ["folder_id", "title"] });
  });

  it("lets users choose a key that the database does not compute, and never change it", async () => {
    const chosen = defineTable("public", "notes", columns, undefined, {
      key: ["id"],
      computed: [],
      owners: ["teamId"],
    });
    expect(await grantsOf({ table: chosen })).toMatchObject({
      insert: true,
      update: ["folder_id", "title", "made_at"],
    });
    const ownRow = sql`${chosen.id} = (select me())`;
    expect(await grantsOf({ table: chosen, members: ownRow })).toMatchObject({
      insert: true,
      update: ["team_id", "folder_id", "title", "made_at"],
    });
  });

  it("grants the columns that Prisma's client does not know with the others", async () => {
    const facts = { key: ["id"], computed: ["id"], owners: ["teamId"], hidden: ["embedding"] } as const;
    const table = defineTable("public", "notes", { id: "id", teamId: "team_id" }, undefined, facts);
    expect(await grantsOf({ table })).toMatchObject({ insert: ["team_id", "embedding"], update: ["embedding"] });
  });

  it.each([
    ["a state", sql`${notes.title} <> 'closed'`],
    ["nothing", sql`true`],
    ["another table's column of the name", sql`exists (select from teams where teams.team_id = 'red')`],
    ["a string of the name", sql`is_mine('team_id')`],
    ["what can't be read", sql`U&"team\005fid" = 'red'`],
  ])("asks which columns stay where the condition tests %s", async (_, members) => {
    expect(() => new TenantTable("notes", { table: notes, members })).toThrow(
      "TenantTable notes: members tests no column that says whose a row is: no required foreign key of notes",
    );
    expect(await grantsOf({ table: notes, members, fixed: [] })).toMatchObject({
      update: ["team_id", "folder_id", "title"],
    });
    const privileges = { select: true, insert: true, update: [notes.title] } as const;
    expect(await grantsOf({ table: notes, members, privileges })).toMatchObject({ update: ["title"] });
  });

  it("grants what is written out as it is written, and nothing that is not", async () => {
    expect(await grantsOf({ table: notes, privileges: { select: true, update: [notes.teamId] } })).toEqual({
      select: true,
      update: ["team_id"],
    });
    expect(await grantsOf({ table: notes, privileges: ["select", "insert with grant option"] })).toEqual({
      select: true,
      "insert with grant option": ["team_id", "folder_id", "title"],
    });
    expect(await grantsOf({ table: notes, privileges: "all" })).toBe("all");
  });

  it("lets the author say otherwise", async () => {
    expect(await grantsOf({ table: notes, computed: [], fixed: [] })).toEqual({
      select: true,
      insert: true,
      // The key stays what it is; who means otherwise lists it in privileges.
      update: ["team_id", "folder_id", "title", "made_at"],
      delete: true,
    });
    expect(await grantsOf({ table: notes, computed: [notes.madeAt], fixed: [notes.folderId] })).toMatchObject({
      insert: ["id", "team_id", "folder_id", "title"],
      update: ["team_id", "title"],
    });
  });

  it("grants whole rows of a table of which no more is known, unless it is told more", async () => {
    expect(await grantsOf({ table: plain })).toEqual(["select", "insert", "update", "delete"]);
    expect(await grantsOf({ table: plain, fixed: [plain.teamId] })).toMatchObject({
      insert: true,
      update: ["id", "folder_id", "title", "made_at"],
    });
  });

  it("refuses a column of another table", () => {
    const other = defineTable("public", "other", { id: "id" });
    expect(() => new TenantTable("notes", { table: notes, members, computed: [other.id] })).toThrow(
      "TenantTable notes: computed: id is no column of notes",
    );
  });
});
