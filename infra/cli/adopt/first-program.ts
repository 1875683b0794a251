import { existsSync, readFileSync } from "node:fs";
import { relative } from "node:path";
import { heading } from "../../adopt/module-text.ts";
import type { Target } from "../../adopt/target.ts";
import { InputError } from "../../errors/errors.ts";
import { projectCommand } from "../../settings/project-command.ts";
import { detectProject } from "../init/detect-project.ts";
import { firstProgram } from "../init/first-program.ts";

/** What `adopt` adds to a program for each module that it writes. */
const moduleImport = /^import "\.\/[\w-]+\.js";\n/gm;

/** Whether the program is as `init` has written it, but for modules that `adopt` has added. */
export async function isFirstProgram({ directory, main, tables }: Target): Promise<boolean> {
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

/** The program without what `init` has written: the modules that `adopt` has added. */
export function withoutFirstProgram({ main }: Target): string {
  return [`${heading}\n`, ...(read(main).match(moduleImport) ?? [])].join("");
}

/** What to do about a first program beside which something was adopted. Undefined: nothing. */
export async function describeFirstProgram(target: Target): Promise<string | undefined> {
  const { directory, main } = target;
  const name = relative(directory, main);
  if (await isFirstProgram(target)) {
    return `${name} is the program that \`init\` has written. Once everything is adopted, it has no use: ${projectCommand("adopt")} without --only and --without replaces it.`;
  }
  const text = read(main);
  const left = leftovers.flatMap(({ pattern, advice }) => (pattern.test(text) ? [advice] : []));
  return left.length === 0
    ? undefined
    : `Take out of ${name}, which \`init\` has begun, what is adopted now: ${left.join("; ")}.`;
}

const leftovers = [
  { pattern: /^(?:export )?const app = /m, advice: "`app`, as the adopted files import theirs from app.ts" },
  { pattern: /^const undecided = /m, advice: "the tables of `undecided` that are declared in table-access.ts" },
  { pattern: /^(?:\/\/| \*) Nothing (?:else )?is declared yet/m, advice: "the comment that nothing is declared yet" },
];

function read(path: string): string {
  return readFileSync(path, "utf8");
}
