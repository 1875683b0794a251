import { type PrismaForm, withClientGenerator } from "../../prisma/schema-forms.ts";
import type { ContractFiles } from "../files.ts";

/** The schema as one file. The application's client is generated next to it. */
export function prismaFiles(schemas: readonly string[], form: PrismaForm): ContractFiles {
  return {
    "prisma/schema.prisma": `// Written by Palisade (palisade contract) from its own schema. Do not edit: change that.\n\n${withClientGenerator(schemas, { form, output: "./generated" })}`,
    // As Prisma advises: `prisma generate` creates the client wherever the application is built.
    "prisma/.gitignore": "generated/\n",
  };
}
