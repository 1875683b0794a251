import { join } from "node:path";
import ts from "typescript";
import { projectDirectory } from "../../infra/settings/project-folder.ts";

/** A name that the package exports, with its documentation. */
export interface DocumentedName {
  readonly name: string;
  readonly documentation: string;
  readonly examples: readonly string[];
}

const entry = join(projectDirectory, "infra/index.ts");
const values = join(projectDirectory, "test/support/example-values.ts");
const folder = join(projectDirectory, "test/support/examples");

/** The examples in the doc comments of what the package exports, and the compiler's errors on them. */
export class Examples {
  readonly names: readonly DocumentedName[];
  readonly #known: readonly string[];
  readonly #parsed = new Map<string, ts.SourceFile>();

  constructor() {
    const program = this.#compile(new Map());
    const checker = program.getTypeChecker();
    this.names = exportsOf(program, entry).map((symbol) => {
      const original = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
      const tags = original.getJsDocTags(checker).filter(({ name }) => name === "example");
      return {
        name: symbol.name,
        documentation: ts.displayPartsToString(original.getDocumentationComment(checker)),
        examples: tags.map(({ text }) => ts.displayPartsToString(text)),
      };
    });
    this.#known = [...this.names.map(({ name }) => name), ...exportsOf(program, values).map((symbol) => symbol.name)];
  }

  /** Compiles examples, each in a function of its own. @returns the errors, with the example */
  errorsIn(examples: readonly { readonly name: string; readonly text: string }[]): readonly string[] {
    const files = new Map(
      examples.map(({ name, text }, index) => [join(folder, `${index}-${name}.ts`), this.#wrap(text)]),
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
    const settings = { ...config, include: [], files: [entry] };
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
    return ts.createProgram([entry, values, ...files.keys()], ofFiles, host);
  }

  #wrap(text: string): string {
    const own = new Set(this.names.map(({ name }) => name));
    const given = this.#known.filter((name) => !own.has(name));
    return `import { readFileSync } from "node:fs";
import { ${[...own].join(", ")} } from "../../../infra/index.ts";
import { ${given.join(", ")} } from "../example-values.ts";
export async function example(): Promise<void> {
${text}
}
`;
  }
}

function exportsOf(program: ts.Program, file: string): readonly ts.Symbol[] {
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(file);
  const module = source && checker.getSymbolAtLocation(source);
  return module === undefined ? [] : checker.getExportsOfModule(module);
}
