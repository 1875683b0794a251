import fc from "fast-check";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { addImports, addModules, writeImports } from "../../infra/adopt/code/imports.ts";

const imports = new Map([
  ...["TableAccess", "Policy", "sql", "TenantTable", "Bucket"].map((name) => [name, "pulumi-palisade"] as const),
  ...["isMember", "myTeams"].map((name) => [name, "./functions.js"] as const),
  ["app", "./app.js"],
  ["readFileSync", "node:fs"],
]);

describe("the modules of a program", () => {
  it.each([
    [
      "are imported once, however their names are written",
      "import './a.ts';\nimport * as b from \"./b.js\";\n",
      undefined,
    ],
    [
      "are imported where that is commented out",
      '// import "./a.js";\n',
      '// import "./a.js";\nimport "./a.js";\nimport "./b.js";\n',
    ],
    [
      "are imported before other code, in the line breaks of the file",
      'import { x } from "x";\r\nx();\r\n',
      'import { x } from "x";\r\nimport "./a.js";\r\nimport "./b.js";\r\nx();\r\n',
    ],
  ])("%s", (_, text, expected = text) => {
    const added = addModules(text, ["./a.js", "./b.js"]);
    expect(added).toBe(expected);
    expect(addModules(added, ["./a.js", "./b.js"])).toBe(added);
  });
});

describe("imports", () => {
  it("of a new module are sorted, packages first, and broken where they are long", () => {
    expect(writeImports(["isMember", "sql", "TableAccess", "readFileSync", "sql"], imports)).toBe(
      'import { readFileSync } from "node:fs";\nimport { sql, TableAccess } from "pulumi-palisade";\nimport { isMember } from "./functions.js";\n',
    );
    const names = Array.from({ length: 12 }, (_, index) => `aVeryLongName${index}`);
    const text = writeImports(names, new Map(names.map((name) => [name, "./functions.js"])));
    expect(text).toContain("import {\n  aVeryLongName0,\n  aVeryLongName1,\n");
  });

  it.each([
    [
      "join those of their source",
      'import { sql } from "pulumi-palisade";\n\nx;\n',
      'import { Policy, sql } from "pulumi-palisade";\n\nx;\n',
    ],
    [
      "that are there stay as they are",
      "import {Policy} from 'pulumi-palisade'\nx\n",
      "import {Policy} from 'pulumi-palisade'\nx\n",
    ],
    [
      "come behind the others",
      'import * as p from "pulumi-palisade"; // all\nx;\n',
      'import * as p from "pulumi-palisade"; // all\nimport { Policy } from "pulumi-palisade";\nx;\n',
    ],
    [
      "take no comment away",
      'import {\n  sql, // text\n} from "pulumi-palisade";\nx;\n',
      'import {\n  sql, // text\n} from "pulumi-palisade";\nimport { Policy } from "pulumi-palisade";\nx;\n',
    ],
    [
      "are not looked for in comments and code",
      '/*\nimport { Policy } from "pulumi-palisade";\n*/\nconst t = `\nimport { Policy } from "pulumi-palisade";\n`;\n',
      'import { Policy } from "pulumi-palisade";\n/*\nimport { Policy } from "pulumi-palisade";\n*/\nconst t = `\nimport { Policy } from "pulumi-palisade";\n`;\n',
    ],
    [
      "follow what says what a file is",
      "#!/usr/bin/env node\n// Ours.\n\nx;\n",
      '#!/usr/bin/env node\n// Ours.\nimport { Policy } from "pulumi-palisade";\n\nx;\n',
    ],
    [
      "end their lines as the file does",
      'import "a";\r\nx;\r\n',
      'import "a";\r\nimport { Policy } from "pulumi-palisade";\r\nx;\r\n',
    ],
    [
      "do not go into a comment that begins behind the last",
      'import "a"; /* one\ntwo */ x;\n',
      'import "a";\nimport { Policy } from "pulumi-palisade";\n /* one\ntwo */ x;\n',
    ],
    ["follow a last line that is not ended", 'import "a";', 'import "a";\nimport { Policy } from "pulumi-palisade";\n'],
  ])("%s", (_, text, expected) => {
    expect(addImports(text, ["Policy"], imports, "stacks/policies.ts")).toBe(expected);
  });

  it.each([
    ['import { Policy } from "./mine.js";\n', /^stacks\/policies.ts calls something else Policy, from ".\/mine.js"/],
    ['import { Bucket as Policy } from "pulumi-palisade";\n', /something else Policy/],
    ['import type { Policy } from "pulumi-palisade";\n', /as a type only/],
    ['import { type Policy } from "pulumi-palisade";\n', /as a type only/],
  ])("refuse a name that stands for something else: %s", (text, message) => {
    expect(() => addImports(text, ["Policy"], imports, "stacks/policies.ts")).toThrow(message);
  });

  it("added to any module bind what is asked beside what was bound, and leave the rest of it alone", () => {
    const line = fc.constantFrom(
      'import * as pulumi from "@pulumi/pulumi";',
      'import fs, { readFileSync } from "node:fs"',
      "import {\n  sql,\n  Bucket as B,\n} from 'pulumi-palisade'; // why",
      'import { sql as text, type Policy as P } from "pulumi-palisade";',
      'import type { TableAccess as T } from "pulumi-palisade";',
      'import type Type from "x";',
      'import type from "type";',
      'import { type as as, type } from "odd";',
      'import "./side-effect.js" /* one\n line */;',
      'import data from "./data.json" with { type: "json" };',
      'import { isMember } from "./functions.ts";',
      'import { app /* tables */ } from "./app.js";',
      'import { default as d } from "./app.js";',
      'import {} from "./functions.js"',
    );
    const head = fc.constantFrom(
      "",
      "// Ours.\n",
      "#!/usr/bin/env node\n",
      "/* import { Policy } from 'pulumi-palisade'; */\n",
      '"use strict";\n',
      "\ufeff",
      "\n\n",
    );
    const body = fc.constantFrom(
      "",
      "\nnew Thing();\n",
      "const t = `\nimport { Policy } from 'pulumi-palisade';\n`;\n",
      "import.meta.url;\n",
      'const x = /import { "/;',
      "export {};",
    );
    const asked = fc.subarray([...imports.keys()]);
    fc.assert(
      fc.property(
        head,
        fc.uniqueArray(line, { maxLength: 6 }),
        body,
        asked,
        fc.boolean(),
        (before, lines, after, names, isWindows) => {
          const unix = before + lines.map((each) => `${each}\n`).join("") + after;
          const text = isWindows ? unix.replaceAll("\n", "\r\n") : unix;
          const bound = bindings(text);
          fc.pre(new Set(bound.map(([local]) => local)).size === bound.length);
          const result = addImports(text, names, imports, "stacks/policies.ts");
          const expected = new Map(bound);
          for (const name of names) expected.set(name, expected.get(name) ?? `${imports.get(name)}#${name}`);
          const withoutEnding = (entries: Iterable<readonly [string, string]>) =>
            [...entries].map(([local, from]) => [local, from.replace(/\.[jt]s#/, "#")]).sort();
          expect(withoutEnding(bindings(result))).toEqual(withoutEnding(expected));
          expect(result.endsWith(after.replaceAll("\n", isWindows ? "\r\n" : "\n"))).toBe(true);
          expect(addImports(result, names, imports, "stacks/policies.ts")).toBe(result);
          if (text.includes("\r\n")) expect(result.replaceAll("\r\n", "")).not.toContain("\n");
        },
      ),
      { numRuns: 1000 },
    );
  });
});

/** What TypeScript itself finds imported: each local name with what it is. */
function bindings(text: string): readonly (readonly [string, string])[] {
  const file = ts.createSourceFile("module.ts", text, ts.ScriptTarget.ES2022, true);
  const { parseDiagnostics } = file as unknown as { readonly parseDiagnostics: readonly unknown[] };
  expect(parseDiagnostics, text).toEqual([]);
  return file.statements.filter(ts.isImportDeclaration).flatMap(({ importClause, moduleSpecifier }) => {
    const source = (moduleSpecifier as ts.StringLiteral).text;
    const named = importClause?.namedBindings;
    const type = (isType: boolean | undefined) => (isType ? "type " : "");
    const whole = type(importClause?.isTypeOnly);
    return [
      ...(importClause?.name ? [[importClause.name.text, `${whole}${source}#default`] as const] : []),
      ...(named && ts.isNamespaceImport(named) ? [[named.name.text, `${whole}${source}#*`] as const] : []),
      ...(named && ts.isNamedImports(named)
        ? named.elements.map(
            ({ name, propertyName, isTypeOnly }) =>
              [name.text, `${whole || type(isTypeOnly)}${source}#${(propertyName ?? name).text}`] as const,
          )
        : []),
    ];
  });
}
