import { existsSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { InputError } from "../errors/errors.ts";
import { isModule } from "../loading/module-kind.mjs";
import { functionFileNames } from "./code/file-names.ts";
import type { LiveObject } from "./live-objects.ts";
import type { Target } from "./target.ts";

/** The objects whose definition gets a file of its own, with that file. */
export type Definitions = ReadonlyMap<
  LiveObject,
  { readonly name: string; readonly path: string; readonly text: string }
>;

export function definitionFiles(objects: readonly LiveObject[], { functions }: Target): Definitions {
  const taken = existsSync(functions) ? readdirSync(functions).map((name) => name.replace(/\.sql$/, "")) : [];
  const found = objects.flatMap((object) => {
    const { definition, makesFunction } = object.kind.adoptable;
    const routine = makesFunction?.(object.args);
    return definition === undefined || routine === undefined
      ? []
      : [{ object, routine, text: String(object.args[definition]) }];
  });
  const names = functionFileNames(
    found.map(({ routine }) => routine),
    taken,
  );
  return new Map(
    found.map(({ object, text }, index) => {
      const name = names[index] ?? "";
      return [object, { name, path: join(functions, `${name}.sql`), text }];
    }),
  );
}

/** The text of the module that reads these files. @param folder the module's */
export function writeDefinitions(folder: string, { functions }: Target): string {
  const path = relative(folder, functions).replaceAll("\\", "/");
  const own = isModule(join(folder, "definitions.ts")) ? "import.meta.dirname" : "__dirname";
  return `import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The definition of a function, which has a file of its own. */
export function definition(name: string): string {
  return readFileSync(join(${own}, "${path}", \`\${name}.sql\`), "utf8");
}
`;
}

/**
 * @param text of the module that is there and reads these files
 * @throws {InputError} if it was written for another folder than the project has them in by now
 */
export function refuseOtherFolder(module: string, text: string, { directory, functions }: Target): void {
  const own = /readFileSync\(join\((?:import\.meta\.dirname|__dirname), "([^"]+)", `/.exec(text)?.[1];
  if (own === undefined || join(module, "..", own) === functions) return;
  throw new InputError(
    `${relative(directory, module)} reads functions from ${own}, and Pulumi.yaml has them in ${relative(directory, functions)}: ` +
      "change one of the two (palisade: {sql: …}), move the files there, and run this again",
  );
}
