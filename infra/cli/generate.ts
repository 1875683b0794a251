import { generateClient } from "../prisma/client.ts";
import { displayPath, locateSchema } from "../prisma/schema-files.ts";
import { typedTablesFile, writeTypedTables } from "../prisma/typed-tables.ts";
import { projectDirectory } from "../settings/project-folders.ts";

/** `npm run generate`: the typed tables and the application's Prisma client, from its schema. */
export async function run(): Promise<number> {
  process.chdir(projectDirectory);
  const schema = await locateSchema(projectDirectory);
  const hasChanged = await writeTypedTables(schema);
  console.error(
    hasChanged ? `Wrote ${typedTablesFile}` : `${typedTablesFile} is up to date with ${displayPath(schema)}`,
  );
  await generateClient({ schema, onProgress: (line) => console.error(line) });
  return 0;
}
