import { type FunctionText, readFunctionText } from "../../sql/function-text.ts";
import { implicitUsesOf } from "../../sql/implicit-uses.ts";
import { type Node, parseStatements } from "../../sql/parser.ts";
import { referencesOf } from "../../sql/references.ts";
import { type FunctionNames, namesIn } from "../shadowing/names.ts";
import type { Condition } from "./live-schema.ts";

/** Parses functions and conditions for one server, each text once. Await `loadParser` first. */
export class ParsedTexts {
  readonly #serverVersion: number;
  readonly #functions = new Map<string, FunctionText | undefined>();
  readonly #conditions = new Map<string, Condition>();
  readonly #names = new Map<FunctionText, FunctionNames>();

  constructor(serverVersion: number) {
    this.#serverVersion = serverVersion;
  }

  /** Undefined if the definition can't be parsed. */
  functionText(definition: string): FunctionText | undefined {
    return remember(this.#functions, definition, readOrNothing);
  }

  condition(sql: string): Condition {
    return remember(this.#conditions, sql, readCondition);
  }

  names(text: FunctionText): FunctionNames {
    return remember(this.#names, text, () => namesIn(text, this.#serverVersion));
  }
}

function remember<Key, Result>(known: Map<Key, Result>, key: Key, read: (key: Key) => Result): Result {
  if (!known.has(key)) known.set(key, read(key));
  return known.get(key) as Result;
}

function readCondition(sql: string): Condition {
  const tree = parseOrNothing(`select palisade(\n${sql}\n)`);
  const { relations, functions } = referencesOf(tree);
  const called = functions.filter(({ schema, name }) => schema !== undefined || name !== "palisade");
  return { relations, functions: called, hasSubSelect: holdsSubLink(tree), implicit: implicitUsesOf(tree) };
}

function parseOrNothing(sql: string): readonly Node[] {
  try {
    return parseStatements(sql);
  } catch {
    return [];
  }
}

function readOrNothing(definition: string): FunctionText | undefined {
  try {
    return readFunctionText(definition);
  } catch {
    return undefined;
  }
}

function holdsSubLink(tree: unknown): boolean {
  if (Array.isArray(tree)) return tree.some(holdsSubLink);
  if (typeof tree !== "object" || tree === null) return false;
  return Object.entries(tree).some(([key, inner]) => key === "SubLink" || holdsSubLink(inner));
}
