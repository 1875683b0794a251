import { existsSync, readFileSync } from "node:fs";
import { basename, relative } from "node:path";
import { type Adoption, adopt } from "../../adopt/index.ts";
import { heading } from "../../adopt/module-text.ts";
import type { ObjectFilter } from "../../adopt/object-filter.ts";
import type { PreviewOptions } from "../../adopt/preview-program.ts";
import type { Target } from "../../adopt/target.ts";
import type { WrittenFiles } from "../../adopt/written-files.ts";
import { InputError } from "../../errors/errors.ts";
import { projectCommand } from "../../settings/project-command.ts";
import { detectProject } from "../init/detect-project.ts";
import { firstProgram } from "../init/first-program.ts";

/** What `adopt` adds to a program for each module that it writes. */
const moduleImport = /^import "\.\/[\w-]+\.js";\n/gm;

/**
 * Empties the program of `init`, if nobody has edited it and everything is adopted: the result is as if there had been
 * none. It stays if it declares all that there is, such as in a local database that it has made.
 * @returns what it declared, by `objectKey`; undefined if it was not emptied
 */
export async function replaceFirstProgram(
  target: Target,
  filter: ObjectFilter,
  files: WrittenFiles,
  options: PreviewOptions,
): Promise<readonly string[] | undefined> {
  if (!filter.isWhole || !(await isFirstProgram(target))) return undefined;
  const { objects, declared, unread } = await adopt({ target, ...options, filter, refused: new Map() });
  const modules = read(target.main).match(moduleImport) ?? [];
  if (objects.length === 0 && modules.length === 0) return undefined;
  files.write(target.main, [`${heading}\n`, ...modules].join(""));
  return [...declared, ...unread];
}

/**
 * What to do about a first program beside which something was adopted. Undefined: nothing.
 * @param kept what only that program declares, although everything was to be adopted
 */
export async function describeFirstProgram(
  target: Target,
  { files }: Pick<Adoption, "files">,
  kept: readonly string[],
): Promise<string | undefined> {
  const { directory, main } = target;
  const name = relative(directory, main);
  if (await isFirstProgram(target)) {
    const start = `${name} is the program that \`init\` has written.`;
    return kept.length > 0
      ? `${start} It stays, as it declares what can't be adopted now (${kept.join(", ")}). Once that is adopted, ${projectCommand("adopt")} replaces it.`
      : `${start} Once everything is adopted, it has no use: ${projectCommand("adopt")} without --only and --without replaces it.`;
  }
  const text = read(main);
  const left = leftovers.flatMap(({ pattern, advice }) => (pattern.test(text) ? [advice] : []));
  if (left.length === 0) return undefined;
  const tables = files.find((file) => file.before === undefined && /^export const app = /m.test(file.text));
  if (tables !== undefined && /^(?:export )?const app = /m.test(text))
    left.unshift(`\`app\`, as the adopted files import theirs from ${basename(tables.path)}`);
  return `Take out of ${name}, which \`init\` has begun, what is adopted now: ${left.join("; ")}.`;
}

/** What only a program of `init` holds: any program may have an `app`. */
const leftovers = [
  { pattern: /^const undecided = /m, advice: "the tables of `undecided` that are declared in table-access.ts" },
  { pattern: /^(?:\/\/| \*) Nothing (?:else )?is declared yet/m, advice: "the comment that nothing is declared yet" },
];

/** Whether the program is as `init` has written it, but for modules that `adopt` has added. */
async function isFirstProgram({ directory, main, tables }: Target): Promise<boolean> {
  if (!existsSync(main)) return false;
  try {
    const first = await firstProgram(await detectProject(directory), relative(directory, tables));
    return read(main).replaceAll(moduleImport, "") === first;
  } catch (error) {
    // `init` can't write a program here.
    if (error instanceof InputError) return false;
    throw error;
  }
}

function read(path: string): string {
  return readFileSync(path, "utf8");
}
