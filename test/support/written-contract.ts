import { describeContract } from "../../infra/contract/contract.ts";
import { toApplicationModel } from "../../infra/contract/data-model.ts";
import { platformVariables, type Variables } from "../../infra/contract/environment/variables.ts";
import { writeContractFiles } from "../../infra/contract/files.ts";
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

export function access(table: string, grants: object): DeclaredResource {
  return resource("palisade:index:TableAccess", table, { table, grants });
}

export function viewAccess(view: string, grants: object, more: object = {}): DeclaredResource {
  return resource("palisade:index:ViewAccess", view, { view, grants, ...more });
}

export function resource(type: string, name: string, inputs: object): DeclaredResource {
  return { type, name, inputs: inputs as DeclaredResource["inputs"] };
}

export async function write(resources: readonly DeclaredResource[], variables: Variables = platformVariables) {
  return writeContractFiles(await describeAll(resources, variables), [schema]);
}

export async function describeAll(resources: readonly DeclaredResource[], variables: Variables = platformVariables) {
  return await describeContract(resources, toApplicationModel(await parseSchema(schema)), variables);
}

export async function writeFile(path: string, resources: readonly DeclaredResource[]): Promise<string> {
  return (await write(resources))[path] ?? "";
}

/** Layout is the formatter's. */
export function compact(text: string): string {
  return text.replaceAll(/\s+/g, "").replaceAll(/,(?=[)\]}])/g, "");
}
