import { describe, expect, it } from "vitest";
import { describeContract } from "../../infra/contract/contract.ts";
import { toApplicationModel } from "../../infra/contract/data-model.ts";
import { platformVariables, type Variables } from "../../infra/contract/environment/variables.ts";
import { kinds } from "../../infra/kinds/registry.ts";
import { parseSchema } from "../../infra/prisma/model.ts";
import { access, compact, describeAll, resource, viewAccess, write, writeFile } from "../support/written-contract.ts";

const accounts = "crm.accounts";
const paints = access("public.paints", { authenticated: "all", service_role: ["select"] });

describe("the rows", () => {
  it("have the types that the API gives, by what may be null, what may be left out and what points where", async () => {
    const text = await writeFile("database.ts", [paints]);
    expect(text).toContain('export type Colour = "RED" | "dark blue";');
    expect(compact(text)).toContain(
      compact(`export type PaintRow = {
        id: number; colour: Colour; tags: string[] | null; price: number | null; data: Json; made: string; "the label": string; mixId: number | null;
      };`),
    );
    expect(compact(text)).toContain(
      compact(`export type PaintInsert = {
        id?: number; colour: Colour; tags?: string[] | null; price?: number | null; data?: Json; made: string; "the label": string; mixId?: number | null;
      };`),
    );
    expect(compact(text)).toContain(
      compact(`type PaintRelationships = [{
        foreignKeyName: "paints_mixId_fkey"; columns: ["mixId"]; isOneToOne: true; referencedRelation: "paints"; referencedColumns: ["id"]; }];`),
    );
  });

  it("know a foreign key by the name that the schema gives it", async () => {
    const { tables } = toApplicationModel(
      await parseSchema(`datasource db {\n  provider = "postgresql"\n}
        model A {\n  id Int @id\n  b B @relation(fields: [bId], references: [id], map: "a's \\"own\\"")\n  bId Int\n}
        model B {\n  id Int @id\n  as A[]\n}`),
    );
    expect(tables.flatMap(({ foreignKeys }) => foreignKeys.map(({ name }) => name))).toEqual(['a\'s "own"']);
  });

  it("of a view can be read and nothing else", async () => {
    const view = viewAccess("public.pale_paints", { authenticated: "all" });
    const text = compact(await writeFile("database.ts", [paints, view]));
    expect(text).toContain(compact("export type PalePaintRow = { id: number | null; colour: Colour[] | null; };"));
    expect(text).toContain(
      compact("Views: { pale_paints: { Row: PalePaintRow; Relationships: PalePaintRelationships; }; };"),
    );
    expect(text).not.toContain("PalePaintInsert");
  });

  it("have names of their own, and never one of another type's", async () => {
    const model = async (text: string) =>
      toApplicationModel(await parseSchema(`datasource db {\n  provider = "postgresql"\n}\n${text}`));
    const describeModel = async (text: string, ...tables: readonly string[]) =>
      describeContract(
        tables.map((name) => access(name, { anon: "all" })),
        await model(text),
        platformVariables,
      );
    await expect(
      describeModel("enum PostRow {\n  A\n}\nmodel Post {\n  id Int @id\n}", 'public."Post"'),
    ).rejects.toThrow("would call the enum PostRow and the rows of the model Post both PostRow; rename one of them");
    await expect(
      describeModel("model user_role {\n  id Int @id\n}\nmodel UserRole {\n  id Int @id\n}", "user_role", '"UserRole"'),
    ).rejects.toThrow("the rows of the model user_role and the rows of the model UserRole both UserRoleRow");
    await expect(describeModel("enum Database {\n  A\n}")).rejects.toThrow(
      "its own type Database and the enum Database both Database",
    );
    const { enums } = await describeModel("enum Table {\n  A\n}\nenum never {\n  A\n}");
    expect(enums.map(({ typeName }) => typeName)).toEqual(["Table", "Never"]);
  });

  it("are those of tables that somebody is granted something of, and only the columns that they are granted", async () => {
    const accounts = access("crm.accounts", {
      anon: { select: ["number"] },
      authenticated: { select: ["owner"], update: ["secret"] },
    });
    const text = compact(await writeFile("database.ts", [paints, accounts]));
    expect(text).toContain(
      compact(
        "paints: { Row: PaintRow; Insert: PaintInsert; Update: Partial<PaintInsert>; Relationships: PaintRelationships; };",
      ),
    );
    expect(text).toContain(
      compact("paints: { Row: PaintRow; Insert: never; Update: never; Relationships: PaintRelationships; };"),
    );
    expect(text).toContain(
      compact(`crm: { Tables: {
        accounts: { Row: Pick<AccountRow, "owner" | "number">; Insert: never; Update: Partial<Pick<AccountInsert, "secret">>;
          Relationships: AccountRelationships; }; };`),
    );
    expect(await writeFile("database.ts", [])).not.toContain("PaintRow");
  });
});

describe("what users can reach, and what the service role can,", () => {
  const role = (name: string, inputs: object) => resource("palisade:index:Role", name, inputs);
  const schemaOf = (name: string, inputs: object = {}) => resource("palisade:index:Schema", name, inputs);

  it.each([
    ["a table", [access(accounts, { authenticated: ["select"] })], { users: "all" }],
    [
      "a view",
      [viewAccess("public.pale_paints", { anon: ["select"], service_role: "all" })],
      { users: "all", service: "all" },
    ],
    ["a view's columns", [viewAccess("public.pale_paints", { service_role: { select: ["id"] } })], { service: ["id"] }],
    [
      "a view that reads with the caller's rights",
      [viewAccess("public.pale_paints", { anon: ["select"] }, { securityInvoker: true })],
      { users: "all" },
    ],
    ["what everybody may", [access(accounts, { public: ["select"] })], { users: "all", service: "all" }],
    ["what may be passed on", [access(accounts, { service_role: ["select with grant option"] })], { service: "all" }],
    ["privileges in any case", [access(accounts, { anon: ["SELECT"] })], { users: "all" }],
    ["a table in any spelling", [access(' CRM . "accounts" ', { anon: ["select"] })], { users: "all" }],
    ["columns and the whole", [access(accounts, { anon: { select: ["owner", true] } })], { users: "all" }],
    [
      "the rights of another role, by membership",
      [access(accounts, { reader: { select: ["owner"] } }), role("reader", {}), role("anon", { memberOf: ["reader"] })],
      { users: ["owner"] },
    ],
    [
      "all tables, by a membership of PostgreSQL's own role",
      [role("service_role", { memberOf: ["pg_read_all_data"] })],
      { service: "all" },
    ],
    [
      "a table in a schema that only one of them may use",
      [
        access(accounts, { authenticated: ["select"], service_role: ["select"] }),
        schemaOf("crm", { grants: { service_role: ["usage"] } }),
      ],
      { service: "all" },
    ],
    ["a table in a schema that nobody may use", [access(accounts, { anon: "all" }), schemaOf("crm")], {}],
    ["no table of which they can only be told", [access(accounts, { anon: ["trigger", "references"] })], {}],
    [
      "no table for which there is only a policy",
      [
        resource("palisade:index:Policy", "p", { table: accounts, using: "true" }),
        resource("palisade:index:ExclusivePolicies", "e", { table: accounts, policies: ["p"] }),
      ],
      {},
    ],
  ] as const)("is %s", async (_, resources, { users, service }: Expected) => {
    const { tables } = await describeAll(resources);
    const [model = { columns: [] }] = tables;
    const all = model.columns.map(({ column }) => column);
    expect(tables.length).toBe(users === undefined && service === undefined ? 0 : _.startsWith("all tables") ? 3 : 1);
    for (const table of tables.slice(0, 1)) {
      expect(table.forUsers?.select).toEqual(users === "all" ? all : users);
      expect(table.forService?.select).toEqual(service === "all" ? all : service);
    }
  });

  it("is not decided by a declaration that the provider would refuse", async () => {
    await expect(describeAll([access(accounts, { anon: ["selct"] })])).rejects.toThrow(
      /^TableAccess crm\.accounts: grants\.anon\.selct: there is no privilege "selct"/,
    );
    await expect(describeAll([resource("palisade:index:ViewAccess", "v", { grants: {} })])).rejects.toThrow(
      "ViewAccess v: view: it is missing",
    );
  });

  const absent = ["DefaultPrivileges", "ExclusivePolicies", "Function", "FunctionAccess", "Policy", "SequenceAccess"];
  const present = kinds.filter(({ name, reachAfter }) => reachAfter !== undefined && !absent.includes(name));

  it.each(present)("is not decided by a refused $name, which might belong to it", async ({ name }) => {
    const refused = resource(`palisade:index:${name}`, "refused", { nonsense: true });
    await expect(describeAll([refused])).rejects.toThrow(new RegExp(`^${name} refused: .*nonsense: `, "s"));
  });

  it.each(absent)("does not depend on a refused %s, of which it has nothing", async (name) => {
    const refused = resource(`palisade:index:${name}`, "refused", { nonsense: true });
    expect(await describeAll([refused, paints])).toEqual(await describeAll([paints]));
  });

  it("does not depend on declarations that only an update can read, where they concern nothing in the contract", async () => {
    const called = resource("palisade:index:FunctionAccess", "f", { execute: ["anon"] });
    const { tables } = await describeAll([called, access(accounts, { anon: ["select"] })]);
    expect(tables.map(({ name }) => name)).toEqual(["accounts"]);
  });
});

/** The columns that can be selected. Absent: the table is in no type. */
interface Expected {
  readonly users?: "all" | readonly string[];
  readonly service?: "all" | readonly string[];
}

describe("the buckets", () => {
  it("are named as code names things, with their limits in bytes", async () => {
    const text = await writeFile("storage.ts", [
      resource("palisade:index:Bucket", "anything", { name: "2024's files.old", fileSizeLimit: "1.5MB" }),
      resource("palisade:components:FileBucket", "open", { folder: "projectId" }),
      resource("palisade:index:Bucket", "open", { public: true, allowedMimeTypes: ["image/*"] }),
    ]);
    expect(compact(text)).toContain(
      compact(
        `export const _2024SFilesOldBucket = new PrivateBucket({ name: "2024's files.old", folders: [], fileSizeLimit: 1_500_000, });`,
      ),
    );
    expect(compact(text)).toContain(
      compact(
        `export const openBucket = new PublicBucket({ name: "open", folders: ["projectId"], allowedMimeTypes: ["image/*"], });`,
      ),
    );
  });

  it("are refused where two would have the same name, or a limit is none", async () => {
    const bucket = (name: string, inputs = {}) => resource("palisade:index:Bucket", name, inputs);
    await expect(write([bucket("public-assets"), bucket("public_assets")])).rejects.toThrow(
      /would call the bucket public-assets and the bucket public_assets both publicAssetsBucket; rename one/,
    );
    await expect(write([bucket("a", { fileSizeLimit: "much" })])).rejects.toThrow(
      /Bucket a: fileSizeLimit: "much" is no file size/,
    );
  });

  it("have the folder of the component that declares them, not of another one's resource", async () => {
    const { buckets } = await describeAll([
      resource("palisade:components:FileBucket", "open", { folder: "projectId" }),
      resource("palisade:index:Bucket", "open", {}),
      resource("palisade:index:Bucket", "open", { name: "closed" }),
    ]);
    expect(buckets.map(({ name, folders }) => [name, folders])).toEqual([
      ["open", ["projectId"]],
      ["closed", []],
    ]);
  });
});

describe("the channels", () => {
  const topic = (extensions: readonly string[], prefix = "room:") =>
    resource("palisade:components:RealtimeTopic", "chat-room", { prefix, subject: "roomId", extensions });

  it("have what their topic carries and nothing else", async () => {
    const broadcast = await write([topic(["broadcast"])]);
    expect(broadcast["channels.ts"]).toContain("export function joinChatRoom(");
    expect(broadcast["channels.ts"]).not.toContain("Presence");
    expect(Object.keys(broadcast)).not.toContain("channels-react.ts");
    const presence = await write([topic(["presence"])]);
    expect(presence["channels.ts"]).not.toContain("export function joinChatRoom(");
    expect(presence["channels-react.ts"]).toContain("export function useChatRoomPresence<");
  });

  it("keep a prefix as it is, whatever it holds", async () => {
    const text = await writeFile("channels.ts", [topic(["broadcast"], "a`${b}\\:")]);
    expect(text).toContain("return `a\\`\\${b}\\\\:${topic.roomId}`;");
  });
});

describe("the environment's part", () => {
  it("is refused where a variable that browsers get is a secret", async () => {
    const variables: Variables = { ...platformVariables, NEXT_PUBLIC_KEY: { check: "secretKey", advice: "" } };
    await expect(write([], variables)).rejects.toThrow(/NEXT_PUBLIC_KEY goes to every browser/);
  });
});

describe("the schema", () => {
  it("generates its client beside itself, and keeps its other settings", async () => {
    const text = (await write([]))["prisma/schema.prisma"];
    expect(text).toContain(
      'generator client {\n  provider = "prisma-client"\n  previewFeatures = ["views"]\n  output = "./generated"\n  importFileExtension = ""\n}',
    );
    expect(text).not.toContain("elsewhere");
  });
});
