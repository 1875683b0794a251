import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { projectDirectory } from "../../infra/settings/project-folder.ts";

/** A name that an entry of the package exports, with its documentation. */
export interface DocumentedName {
  /** As a program imports it: `pulumi-palisade/verify`. */
  readonly from: string;
  readonly name: string;
  readonly documentation: string;
  readonly examples: readonly string[];
}

/** An example, and the entry whose names it may use without importing them. */
export interface Example {
  /** Default: `pulumi-palisade`. */
  readonly from?: string;
  readonly name: string;
  readonly text: string;
}

/** The package's entries in TypeScript, as its `exports` have them: `pulumi-palisade/verify`, and the file of its sources. */
export const entries: ReadonlyMap<string, string> = readEntries();

const values = join(projectDirectory, "test/support/example-values.ts");
const folder = join(projectDirectory, "test/support/examples");

/** The examples in the doc comments of what the package exports, and the compiler's errors on them. */
export class Examples {
  readonly names: readonly DocumentedName[];
  readonly #given: readonly string[];
  readonly #parsed = new Map<string, ts.SourceFile>();

  constructor() {
    const program = this.#compile(new Map());
    const checker = program.getTypeChecker();
    this.names = [...entries].flatMap(([from, file]) =>
      exportsOf(program, file).map((symbol) => {
        const original = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
        const tags = original.getJsDocTags(checker).filter(({ name }) => name === "example");
        return {
          from,
          name: symbol.name,
          documentation: ts.displayPartsToString(original.getDocumentationComment(checker)),
          examples: tags.map(({ text }) => ts.displayPartsToString(text)),
        };
      }),
    );
    this.#given = exportsOf(program, values).map((symbol) => symbol.name);
  }

  /** Compiles examples, each in a function of its own. @returns the errors, with the example */
  errorsIn(examples: readonly Example[]): readonly string[] {
    const files = new Map(
      examples.map((example, index) => [join(folder, `${index}-${example.name}.ts`), this.#wrap(example)]),
    );
    const program = this.#compile(files);
    return [...files].flatMap(([file, text]) =>
      ts
        .getPreEmitDiagnostics(program, program.getSourceFile(file))
        .map(({ messageText }) => `${ts.flattenDiagnosticMessageText(messageText, "\n")}, in\n${text}`),
    );
  }

  /** With the project's own settings, apart from what only matters to whole files. What was parsed once is used again. */
  #compile(files: ReadonlyMap<string, string>): ts.Program {
    const { config } = ts.readConfigFile(join(projectDirectory, "tsconfig.json"), ts.sys.readFile);
    const settings = { ...config, include: [], files: [...entries.values()] };
    const { options } = ts.parseJsonConfigFileContent(settings, ts.sys, projectDirectory);
    const ofFiles = { ...options, verbatimModuleSyntax: false, noUnusedLocals: false, checkJs: false };
    const host = ts.createCompilerHost(ofFiles);
    const { fileExists, readFile, getSourceFile } = host;
    host.fileExists = (file) => files.has(file) || fileExists(file);
    host.readFile = (file) => files.get(file) ?? readFile(file);
    host.getSourceFile = (file, ...rest) => {
      const source = this.#parsed.get(file) ?? getSourceFile(file, ...rest);
      if (source !== undefined && !files.has(file)) this.#parsed.set(file, source);
      return source;
    };
    return ts.createProgram([...entries.values(), values, ...files.keys()], ofFiles, host);
  }

  /** The example's own imports and exports belong to a module: the first go above the function, the second are plain declarations in it. */
  #wrap({ from = "pulumi-palisade", text }: Example): string {
    const lines = text.split("\n");
    const imports = lines.filter((line) => line.startsWith("import "));
    const body = lines.filter((line) => !line.startsWith("import ")).map((line) => line.replace(/^export /, ""));
    const imported = new Set(imports.join("\n").match(/\w+/g));
    const own = this.names.flatMap((each) => (each.from === from && !imported.has(each.name) ? [each.name] : []));
    const given = this.#given.filter((name) => !own.includes(name) && !imported.has(name));
    return `import { readFileSync } from "node:fs";
import { ${own.join(", ")} } from ${JSON.stringify(from)};
import { ${given.join(", ")} } from "../example-values.ts";
${imports.join("\n")}
export async function example(): Promise<void> {
${body.join("\n")}
}
`;
  }
}

function readEntries(): ReadonlyMap<string, string> {
  const infra = join(projectDirectory, "infra");
  const { name, exports } = JSON.parse(readFileSync(join(infra, "package.json"), "utf8")) as {
    readonly name: string;
    readonly exports: Readonly<Record<string, string | Readonly<Record<string, unknown>>>>;
  };
  return new Map(
    Object.entries(exports).flatMap(([path, conditions]) => {
      if (typeof conditions === "string") return [];
      const { "palisade-source": source } = conditions;
      if (typeof source !== "string") throw new Error(`infra/package.json: ${path} has no source`);
      return [[`${name}${path.slice(1)}`, join(infra, source)]];
    }),
  );
}

function exportsOf(program: ts.Program, file: string): readonly ts.Symbol[] {
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(file);
  const module = source && checker.getSymbolAtLocation(source);
  return module === undefined ? [] : checker.getExportsOfModule(module);
}
