import { describe, expect, it } from "vitest";
import { describeContract } from "../../infra/contract/contract.ts";
import { toApplicationModel } from "../../infra/contract/data-model.ts";
import { platformVariables, type Variables } from "../../infra/contract/environment/variables.ts";
import { writeContractFiles } from "../../infra/contract/files.ts";
import { kinds } from "../../infra/kinds/registry.ts";
import type { DeclaredResource } from "../../infra/lifecycle/normal-declarations.ts";
import { parseSchema } from "../../infra/prisma/model.ts";

const schema = `
generator client {
  provider = "prisma-client"
  previewFeatures = ["views"]
  output   = "../elsewhere"
}
datasource db {
  provider = "postgresql"
  schemas  = ["public", "crm"]
}
enum Colour {
  RED
  DARK_BLUE @map("dark blue")
  @@map("colour")
  @@schema("public")
}
model Paint {
  id      Int     @id @default(autoincrement())
  colour  Colour
  tags    String[]
  price   Decimal?
  data    Json    @default("{}")
  made    DateTime @updatedAt
  label   String  @default(cuid()) @map("the label")
  mixedOf Paint?  @relation("mix", fields: [mixId], references: [id])
  mixId   Int?    @unique
  mixes   Paint?  @relation("mix")
  @@map("paints")
  @@schema("public")
}
view PalePaint {
  id     Int?
  colour Colour[]
  @@map("pale_paints")
  @@schema("public")
}
model Account {
  owner  String
  number BigInt
  secret String
  @@id([owner, number])
  @@map("accounts")
  @@schema("crm")
}
`;

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

describe("the subscriptions", () => {
  const published = (tables: unknown, filters: readonly object[] = [], options: object = {}) => [
    paints,
    resource("palisade:index:Publication", "supabase_realtime", { tables, ...options }),
    resource("palisade:components:RealtimeChanges", "supabase_realtime", { filters }),
  ];

  it("are for each published table, with one of its filters where there are any", async () => {
    const filters = [
      { table: "public.paints", column: "mixId" },
      { table: "public.paints", column: "the label" },
    ];
    const text = compact(await writeFile("realtime.ts", published(["public.paints"], filters)));
    expect(text).toContain(
      compact(
        `filter: { readonly mixId: NonNullable<PaintRow["mixId"]> } | { readonly label: NonNullable<PaintRow["the label"]> }`,
      ),
    );
    expect(text).toContain(
      compact(
        `"mixId" in filter ? { column: "mixId", value: filter.mixId } : { column: "the label", value: filter.label }`,
      ),
    );
  });

  it("need no filter, hold only readable columns, and know every column of the key", async () => {
    const accounts = access("crm.accounts", { authenticated: { select: ["owner", "number"] } });
    const text = compact(await writeFile("realtime.ts", [accounts, ...published({ "crm.accounts": {} })]));
    expect(text).toContain(
      compact(`export function subscribeToCrmAccounts(
        handlers: ChangeHandlers<Pick<AccountRow, "owner" | "number">, Pick<AccountRow, "owner" | "number">>,
        client: RealtimeClient = getBrowserClient()): Subscription {
        return subscribe({ schema: "crm", table: "accounts" }, handlers, client);`),
    );
  });

  it.each([
    [["insert"], '"onUpdate" | "onDelete"', "inserts"],
    [["delete", "insert", "truncate"], '"onUpdate"', "inserts and deletes"],
    [["update"], '"onInsert" | "onDelete"', "updates"],
  ])("take handlers of the published changes alone: %j", async (publish, unpublished, changes) => {
    const filters = [{ table: "public.paints", column: "mixId" }];
    const text = await writeFile("realtime.ts", published(["public.paints"], filters, { publish }));
    expect(compact(text)).toContain(
      compact(`filter: { readonly mixId: NonNullable<PaintRow["mixId"]> },
        handlers: Omit<ChangeHandlers<PaintRow, Pick<PaintRow, "id">>, ${unpublished}>,`),
    );
    expect(text).toContain(`Listens to ${changes} of \`paints\` with this \`mixId\``);
    expect(text).toMatch(
      new RegExp(`subscribeToPaints\\(\\{ mixId \\}, \\{ on${changes === "updates" ? "Update" : "Insert"}:`),
    );
  });

  it("take no filter where only deletes are published, which Realtime does not filter", async () => {
    const filters = [{ table: "public.paints", column: "mixId" }];
    const text = await writeFile("realtime.ts", published(["public.paints"], filters, { publish: ["delete"] }));
    expect(compact(text)).toContain(
      compact(`export function subscribeToPaints(
        handlers: Omit<ChangeHandlers<PaintRow, Pick<PaintRow, "id">>, "onInsert" | "onUpdate">,`),
    );
    expect(text).toContain("Listens to deletes of `paints`, of all rows.");
    expect(text).not.toContain("filter");
  });

  it("are none where only TRUNCATE is published, which Realtime does not send", async () => {
    const truncated = published(["public.paints"], [], { publish: ["truncate"] });
    expect(Object.keys(await write(truncated))).not.toContain("realtime.ts");
  });

  it("are for the tables of Realtime's publication, whatever its resource is called and however it names them", async () => {
    const publication = (name: string, inputs: object) => resource("palisade:index:Publication", name, inputs);
    for (const given of [
      publication("realtime", { tables: ["paints"] }),
      publication("realtime", { name: "supabase_realtime", tables: { 'PUBLIC."paints"': {} } }),
      publication("supabase_realtime", { tables: ["public.paints", "Public.Paints"] }),
    ]) {
      const { subscriptions } = await describeAll([paints, given]);
      expect(subscriptions.map(({ functionName }) => functionName)).toEqual(["subscribeToPaints"]);
    }
    const other = publication("supabase_realtime", { name: "warehouse", tables: ["public.paints"] });
    expect((await describeAll([paints, other])).subscriptions).toEqual([]);
  });

  it("are none where nothing is published, or by a publication that Realtime does not listen to", async () => {
    const other = resource("palisade:index:Publication", "warehouse", {
      name: "warehouse",
      tables: ["public.paints"],
    });
    expect(Object.keys(await write([paints, other]))).not.toContain("realtime.ts");
  });

  it("are refused for a table of which no model says what its rows are", async () => {
    await expect(write(published(["public.unknown"]))).rejects.toThrow(
      /public\.unknown is published, and schema\.prisma has no model of it/,
    );
  });
});

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

function access(table: string, grants: object): DeclaredResource {
  return resource("palisade:index:TableAccess", table, { table, grants });
}

function viewAccess(view: string, grants: object, more: object = {}): DeclaredResource {
  return resource("palisade:index:ViewAccess", view, { view, grants, ...more });
}

function resource(type: string, name: string, inputs: object): DeclaredResource {
  return { type, name, inputs: inputs as DeclaredResource["inputs"] };
}

async function write(resources: readonly DeclaredResource[], variables: Variables = platformVariables) {
  return writeContractFiles(await describeAll(resources, variables), [schema]);
}

async function describeAll(resources: readonly DeclaredResource[], variables: Variables = platformVariables) {
  return await describeContract(resources, toApplicationModel(await parseSchema(schema)), variables);
}

async function writeFile(path: string, resources: readonly DeclaredResource[]): Promise<string> {
  return (await write(resources))[path] ?? "";
}

/** Layout is the formatter's. */
function compact(text: string): string {
  return text.replaceAll(/\s+/g, "").replaceAll(/,(?=[)\]}])/g, "");
}
