import type { Declaration } from "./corpus.ts";

/** The declarations as a Pulumi program, with the classes that people use. */
export function writeProgram(declarations: readonly Declaration[]): string {
  return [
    `import * as palisade from "pulumi-palisade";`,
    `const classes = { ...palisade, Function: palisade.DatabaseFunction };`,
    `const declarations = ${JSON.stringify(declarations)};`,
    `for (const { kind, name, input } of declarations) new classes[kind](name, input);`,
  ].join("\n");
}
