/** One import of a module. */
export interface ModuleImport {
  readonly start: number;
  /** The position after its last character, which may be a semicolon. */
  readonly end: number;
  readonly source: string;
  /** `import type …`. */
  readonly isType: boolean;
  readonly names: readonly ImportedName[];
  /** The positions of its braces, if it has any. */
  readonly braces: { readonly open: number; readonly close: number } | undefined;
}

interface ImportedName {
  /** The name in the other module, or `default` or `*`. */
  readonly imported: string;
  /** The name in this module. */
  readonly local: string;
  readonly isType: boolean;
}

/** The imports at the start of a module. Imports after other code are ignored. */
export function readImports(text: string): readonly ModuleImport[] {
  const found: ModuleImport[] = [];
  const scanner = new Scanner(text);
  for (let first = scanner.next(); first !== undefined; first = scanner.next()) {
    const isDirective = first.kind === "string";
    const one = first.value === "import" && !isDirective ? readImport(scanner, first.start) : undefined;
    if (one !== undefined) found.push(one);
    else if (!isDirective && first.value !== ";") break;
  }
  return found;
}

/** Where a module's code may start: after a shebang, directives and initial comments. */
export function startOfCode(text: string): number {
  return /^\ufeff?(?:#![^\n]*\n)?(?:\/\/[^\n]*\n)*/.exec(text)?.[0].length ?? 0;
}

interface Token {
  readonly kind: "word" | "string" | "symbol";
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

/** Undefined if it is not an import declaration: `import(…)`, `import.meta`, `import x = require(…)`. */
function readImport(scanner: Scanner, start: number): ModuleImport | undefined {
  const names: ImportedName[] = [];
  let braces: ModuleImport["braces"];
  let isType = false;
  let token = scanner.next();
  // Directly before `from` or a comma, `type` is a name.
  if (token?.value === "type" && token.kind === "word" && !["from", ","].includes(scanner.peek()?.value ?? ",")) {
    isType = true;
    token = scanner.next();
  }
  while (token !== undefined && token.kind !== "string") {
    if (token.value === "{") {
      const close = readNames(scanner, names);
      if (close === undefined) return undefined;
      braces = { open: token.start, close };
    } else if (token.value === "*") {
      scanner.next();
      names.push({ imported: "*", local: scanner.next()?.value ?? "", isType });
    } else if (token.kind === "word") {
      if (token.value !== "from") names.push({ imported: "default", local: token.value, isType });
    } else if (token.value !== ",") return undefined;
    token = scanner.next();
  }
  if (token === undefined) return undefined;
  let { end } = token;
  if (["with", "assert"].includes(scanner.peek()?.value ?? "")) {
    for (let part = scanner.next(); part !== undefined && part.value !== "}"; ) part = scanner.next();
    end = scanner.end;
  }
  if (scanner.peek()?.value === ";") end = scanner.next()?.end ?? end;
  return {
    start,
    end,
    source: token.value,
    isType,
    names: names.map((name) => ({ ...name, isType: name.isType || isType })),
    braces,
  };
}

/** Reads the names in braces: `a, type B, c as d`. @returns the position of the closing brace */
function readNames(scanner: Scanner, names: ImportedName[]): number | undefined {
  let words: string[] = [];
  for (let token = scanner.next(); token !== undefined; token = scanner.next()) {
    if (token.kind !== "symbol") {
      words.push(token.value);
      continue;
    }
    if (token.value !== "," && token.value !== "}") return undefined;
    if (words.length > 0) names.push(toName(words));
    words = [];
    if (token.value === "}") return token.start;
  }
  return undefined;
}

/** `type` and `as` can be names themselves. With two or four words, the first one is the keyword `type`. */
function toName(words: readonly string[]): ImportedName {
  const isType = words.length % 2 === 0;
  const [imported = "", , local = imported] = isType ? words.slice(1) : words;
  return { imported, local, isType };
}

/** Scans words, strings and single symbols. Nothing else can occur before the end of a module's imports. */
class Scanner {
  readonly #text: string;
  #at = 0;
  end = 0;

  constructor(text: string) {
    this.#text = text;
    this.#at = /^\ufeff?(?:#![^\n]*)?/.exec(text)?.[0].length ?? 0;
  }

  next(): Token | undefined {
    const token = this.peek();
    if (token === undefined) return undefined;
    this.#at = token.end;
    this.end = token.end;
    return token;
  }

  peek(): Token | undefined {
    const gap = /(?:\s|\/\/[^\n\r\u2028\u2029]*|\/\*[\s\S]*?\*\/)*/y;
    gap.lastIndex = this.#at;
    gap.exec(this.#text);
    const start = gap.lastIndex;
    const form =
      /([\p{ID_Start}_$][\p{ID_Continue}$\u200c\u200d]*)|"((?:[^"\\\n]|\\[\s\S])*)"|'((?:[^'\\\n]|\\[\s\S])*)'|[\s\S]/uy;
    form.lastIndex = start;
    const match = form.exec(this.#text);
    if (match === null) return undefined;
    const [whole, word, double, single] = match;
    const string = double ?? single;
    const kind = word !== undefined ? "word" : string !== undefined ? "string" : "symbol";
    return { kind, value: word ?? string ?? whole, start, end: start + whole.length };
  }
}
