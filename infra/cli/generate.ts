import { generateClient } from "../prisma/client.ts";
import { findBlocks } from "../prisma/schema-blocks.ts";
import { displayPath, locateSchema, readSchema } from "../prisma/schema-files.ts";
import { writeTypedTables } from "../prisma/typed-tables.ts";
import { readProjectIn } from "../settings/project.ts";
import { projectDirectory } from "../settings/project-folder.ts";

/**
 * `palisade generate`: writes the typed tables, and runs the schema's generators, such as the application's Prisma
 * client.
 */
export async function run(): Promise<number> {
  process.chdir(projectDirectory);
  const { paths } = readProjectIn(projectDirectory);
  const schema = await locateSchema(projectDirectory, paths.schema);
  const hasChanged = await writeTypedTables(schema, paths.tables);
  console.error(hasChanged ? `Wrote ${paths.tables}` : `${paths.tables} is up to date with ${displayPath(schema)}`);
  const { files } = await readSchema(schema);
  const hasGenerator = files.some(({ text }) => findBlocks(text).some(({ keyword }) => keyword === "generator"));
  if (hasGenerator) await generateClient({ schema, onProgress: (line) => console.error(line) });
  return 0;
}
