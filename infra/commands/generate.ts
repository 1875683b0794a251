import { projectDirectory } from "../local/project.ts";
import { generateClient } from "../prisma/client.ts";
import { schemaFile, typedTablesFile, writeTypedTables } from "../prisma/typed-tables.ts";

/** `npm run generate`: the typed tables and the application's Prisma client, from prisma/schema.prisma. */
export async function run(): Promise<number> {
  process.chdir(projectDirectory);
  const hasChanged = await writeTypedTables();
  console.error(hasChanged ? `Wrote ${typedTablesFile}` : `${typedTablesFile} is up to date with ${schemaFile}`);
  await generateClient({ onProgress: (line) => console.error(line) });
  return 0;
}
