import * as pulumi from "@pulumi/pulumi";
import { beforeAll, describe, expect, it } from "vitest";
import { TenantTable, type TenantTableArgs } from "../../infra/components/tenant-table.ts";
import { defineTable } from "../../infra/prisma/reference.ts";
import { sql } from "../../infra/resources/sql/tag.ts";

const columns = { id: "id", teamId: "team_id", folderId: "folder_id", title: "title", madeAt: "made_at" };
const notes = defineTable("public", "notes", columns, undefined, {
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
    expect(await grantsOf({ table: notes, computed: [], fixed: [] })).toEqual(["select", "insert", "update", "delete"]);
    expect(await grantsOf({ table: notes, computed: [notes.madeAt], fixed: [notes.folderId] })).toMatchObject({
      insert: ["id", "team_id", "folder_id", "title"],
      update: ["id", "team_id", "title"],
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
