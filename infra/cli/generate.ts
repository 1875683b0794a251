import { generateClient } from "../prisma/client.ts";
import { displayPath, locateSchema } from "../prisma/schema-files.ts";
import { writeTypedTables } from "../prisma/typed-tables.ts";
import { readProjectIn } from "../settings/project.ts";
import { projectDirectory } from "../settings/project-folder.ts";

/** `palisade generate`: the typed tables and the application's Prisma client, from its schema. */
export async function run(): Promise<number> {
  process.chdir(projectDirectory);
  const { paths } = readProjectIn(projectDirectory);
  const schema = await locateSchema(projectDirectory, paths.schema);
  const hasChanged = await writeTypedTables(schema, paths.tables);
  console.error(hasChanged ? `Wrote ${paths.tables}` : `${paths.tables} is up to date with ${displayPath(schema)}`);
  await generateClient({ schema, onProgress: (line) => console.error(line) });
  return 0;
}
