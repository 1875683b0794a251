import { basename, dirname } from "node:path";
import { type PrismaForm, withClientGenerator } from "../../prisma/schema-forms.ts";
import type { ContractFiles } from "../files.ts";

/** The schema, in the contract's folder. */
export const schemaFile = "prisma/schema.prisma";
/** The application's client, in the contract's folder. */
export const clientFolder = "prisma/generated";

/** The schema as one file. The application's client is generated next to it. */
export function prismaFiles(schemas: readonly string[], form: PrismaForm): ContractFiles {
  return {
    [schemaFile]: `// Written by Palisade (palisade contract) from its own schema. Do not edit: change that.\n\n${withClientGenerator(schemas, { form, output: `./${basename(clientFolder)}` })}`,
    // As Prisma advises: `prisma generate` creates the client wherever the application is built.
    [`${dirname(schemaFile)}/.gitignore`]: `${basename(clientFolder)}/\n`,
  };
}
