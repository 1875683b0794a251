import { join } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { kinds } from "../../infra/kinds/registry.ts";
import { classNameOf } from "../../infra/lifecycle/adoptable.ts";
import descriptions from "../../infra/provider/descriptions.json" with { type: "json" };
import { packageSchema } from "../../infra/provider/schema.ts";
import { projectDirectory } from "../../infra/settings/project-folder.ts";

/**
 * An argument's doc comment in a kind's schema is the one text on it: editors show it through the types of the classes, and the package
 * schema takes it from a file, because a program that runs has no comments. After a change, `npm test -- argument-documentation -u`
 * writes that file.
 */
const descriptionsFile = join(projectDirectory, "infra/provider/descriptions.json");

interface Specification {
  readonly resources: Readonly<Record<string, { readonly inputProperties: Properties }>>;
  readonly types: Readonly<Record<string, { readonly properties: Properties }>>;
}
type Properties = Readonly<Record<string, unknown>>;

const userFile = join(projectDirectory, "stacks/user-program.ts");
const service = languageService({
  [userFile]: `import { ${kinds.map(({ name }) => argsName(name)).join(", ")}, Bucket } from "../infra/index.ts";
    new Bucket("avatars", { public: true });`,
});
const program = service.getProgram() as ts.Program;
const checker = program.getTypeChecker();

describe("an argument's doc comment", () => {
  it("is there for each argument of each kind, and in the package schema", async () => {
    const specification = packageSchema() as unknown as Specification;
    const found = kinds.flatMap(({ name }) => [
      ...describeAll(name, specification.resources[`palisade:index:${name}`]?.inputProperties, argsOf(name)),
    ]);
    const undocumented = found.flatMap(([name, texts]) =>
      Object.keys(texts).flatMap((key) => (texts[key] === "" ? [`${name}.${key}`] : [])),
    );
    expect(undocumented).toEqual([]);
    await expect(`${JSON.stringify(Object.fromEntries(found), undefined, 2)}\n`).toMatchFileSnapshot(descriptionsFile);

    function* describeAll(
      name: string,
      properties: Properties = {},
      args: ts.Type,
    ): Iterable<readonly [string, Record<string, string>]> {
      const texts: Record<string, string> = {};
      for (const [key, property] of Object.entries(properties)) {
        const argument = args.getProperty(key);
        texts[key] = ts.displayPartsToString(argument?.getDocumentationComment(checker));
        for (const [, token] of JSON.stringify(property).matchAll(/#\/types\/(palisade:index:(?:\w+))/g)) {
          const inner = specification.types[String(token)]?.properties ?? {};
          const type = argument && objectsIn(checker.getTypeOfSymbol(argument)).find((object) => hasAll(object, inner));
          if (type === undefined) throw new Error(`${name}.${key}: nothing in its type has the properties of ${token}`);
          yield* describeAll(String(token).replace("palisade:index:", ""), inner, type);
        }
      }
      yield [name, texts];
    }
  });

  it("is what an editor shows where a program writes the argument", () => {
    const text = program.getSourceFile(userFile)?.text ?? "";
    const shown = service.getQuickInfoAtPosition(userFile, text.indexOf("public"));
    expect(ts.displayPartsToString(shown?.documentation)).toBe(descriptions.Bucket.public);
    expect(ts.displayPartsToString(shown?.displayParts)).toBe("(property) public?: Input<boolean>");
  });

  it("stays in the declarations that the compiler writes", () => {
    const file = program.getSourceFile(join(projectDirectory, "infra/kinds/publication/args.ts"));
    let written = "";
    program.emit(file, (_, text) => (written += text), undefined, true);
    expect(written).toContain(`/** ${descriptions.Publication.publish} */`);
    expect(written).toContain(`/** ${descriptions.PublicationTable.columns} */`);
  });
});

function argsName(kind: string): string {
  const found = kinds.find(({ name }) => name === kind);
  return `${found === undefined ? kind : classNameOf(found)}Args`;
}

function argsOf(kind: string): ts.Type {
  const source = program.getSourceFile(userFile) as ts.SourceFile;
  const found = checker
    .getSymbolsInScope(source, ts.SymbolFlags.Alias)
    .find((symbol) => symbol.name === argsName(kind));
  const type = found && checker.getDeclaredTypeOfSymbol(checker.getAliasedSymbol(found));
  if (type === undefined || type.getProperties().length === 0)
    throw new Error(`infra/index.ts exports no ${argsName(kind)}, the arguments of the kind ${kind}`);
  return type;
}

/** The types with properties of their own that a type is, or holds by index. */
function objectsIn(type: ts.Type): readonly ts.Type[] {
  if (type.isUnion()) return type.types.flatMap(objectsIn);
  if ((type.flags & ts.TypeFlags.Object) === 0) return [type];
  const indexes = [ts.IndexKind.String, ts.IndexKind.Number] as const;
  const [inner] = indexes.flatMap((kind) => checker.getIndexTypeOfType(type, kind) ?? []);
  return inner === undefined ? [type] : objectsIn(inner);
}

function hasAll(type: ts.Type, properties: Properties): boolean {
  return Object.keys(properties).every((key) => type.getProperty(key) !== undefined);
}

function languageService(files: Readonly<Record<string, string>>): ts.LanguageService {
  const { config } = ts.readConfigFile(join(projectDirectory, "tsconfig.json"), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, projectDirectory);
  const read = (file: string) => files[file] ?? ts.sys.readFile(file);
  return ts.createLanguageService({
    ...ts.sys,
    useCaseSensitiveFileNames: () => ts.sys.useCaseSensitiveFileNames,
    getScriptFileNames: () => Object.keys(files),
    getScriptVersion: () => "1",
    getScriptSnapshot: (file) => {
      const text = read(file);
      return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
    },
    getCurrentDirectory: () => projectDirectory,
    getCompilationSettings: () => ({ ...options, noEmit: false, declaration: true, emitDeclarationOnly: true }),
    getDefaultLibFileName: ts.getDefaultLibFilePath,
    fileExists: (file) => file in files || ts.sys.fileExists(file),
    readFile: read,
  });
}
