import { projectCommand } from "../../../settings/project-command.ts";
import type { FolderMigration } from "../../history/history.ts";
import { computeChecksum } from "../checksum.ts";
import { listScripts, missingFolder, readScript } from "../files.ts";
import { compareNaturally } from "./natural-order.ts";

/**
 * The scripts directly in a folder, in the natural order of their names. Scripts that undo another one are left out.
 */
export async function readPlainFolder(directory: string): Promise<readonly FolderMigration[]> {
  const files = (await listScripts(directory)).filter((file) => !undoes(file));
  const migrations = await Promise.all(
    files.map(async (file) => {
      const { script, fault } = await readScript(directory, file);
      const name = file.replace(/\.sql$/i, "");
      // Line ends and a byte order mark don't count: a checkout or an editor on Windows may change them.
      return {
        name,
        key: name,
        script,
        checksum: computeChecksum(script.replaceAll("\r\n", "\n")),
        equalChecksums: [],
        ...(fault === undefined ? {} : { fault }),
      };
    }),
  );
  return migrations.sort((left, right) => compareNaturally(left.name, right.name));
}

export async function findSkipped(directory: string): Promise<readonly string[]> {
  const files = (await listScripts(directory)).filter(undoes);
  return files.length === 0 ? [] : [`${files.join(", ")} would undo migrations, and is left out`];
}

export async function plainFolderProblem(directory: string, named: string): Promise<string | undefined> {
  const make = projectCommand("migrations", ["new", "<name>"]);
  const missing = await missingFolder(directory, named, "the migrations", make);
  if (missing !== undefined) return missing;
  const migrations = await readPlainFolder(directory);
  if (migrations.length === 0) return `${named} holds no migration; each is a file named <name>.sql`;
  const twice = migrations.find(({ name }, index) => migrations[index + 1]?.name === name);
  if (twice !== undefined) {
    return `${named} holds ${twice.name}.sql twice, with another case of its ending; take one of the two away`;
  }
  const found = migrations.flatMap(({ name, script }) => {
    const line = script.split("\n").findIndex((text) => undoMark.test(text));
    return line === -1 ? [] : [{ name, place: `${name}.sql, on line ${line + 1}` }];
  });
  const [first] = found;
  if (first === undefined) return undefined;
  const places = found.map(({ place }) => place).join("; ");
  return `a part that undoes the migration stands in the same script, which would run too: in ${named}/${places}. Move it to a file of its own, such as ${first.name}.down.sql`;
}

/** The naming schemes of golang-migrate, Flyway and others. */
function undoes(file: string): boolean {
  return /\.(down|undo)\.sql$/i.test(file) || /^U[\d._]+__/.test(file);
}

/** The marks of dbmate, goose, node-pg-migrate and sql-migrate for the part of a script that undoes it. */
const undoMark = /^\s*--\s*(migrate:down|\+goose Down|\+migrate Down|Down Migration)\b/i;
