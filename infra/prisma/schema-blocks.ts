/** A block of a schema.prisma, such as `model Task { … }`. */
export interface SchemaBlock {
  /** `model`, `view`, `enum`, `datasource`, `generator` or `type`. */
  readonly keyword: string;
  readonly name: string;
  /** The block's position in the text: from the keyword to after the closing brace. */
  readonly start: number;
  readonly end: number;
  readonly properties: readonly BlockProperty[];
}

/** One property of a block, without comments. A list may span several lines of text. */
export interface BlockProperty {
  /** The first word, such as `url`, `organizationId` or `@@map`. */
  readonly name: string;
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/**
 * Finds the blocks of a schema.prisma. Prisma's own parser does not tell which models are views, an enum's schema, or a
 * generator's settings in a form that another version of Prisma refuses.
 */
export function findBlocks(schema: string): readonly SchemaBlock[] {
  const code = blankComments(schema);
  const blocks: SchemaBlock[] = [];
  const heading = /(?<keyword>[A-Za-z]+)[ \t]+(?<name>[\p{L}\p{N}_-]+)\s*\{/uy;
  let position = 0;
  while (position < code.length) {
    heading.lastIndex = position;
    const { keyword = "", name = "" } = heading.exec(code)?.groups ?? {};
    if (keyword === "") {
      position = isWordCharacter(code[position]) ? endOfWord(code, position) : position + 1;
      continue;
    }
    const end = closingBrace(code, heading.lastIndex);
    blocks.push({ keyword, name, start: position, end, properties: findProperties(code, heading.lastIndex, end - 1) });
    position = end;
  }
  return blocks;
}

/** The strings in a property's arguments: `["public", "crm"]` for `schemas = ["public", "crm"]`. */
export function stringsOf({ text }: BlockProperty): readonly string[] {
  return [...text.matchAll(stringLiteral)].map(([literal]) => JSON.parse(literal) as string);
}

const stringLiteral = /"(?:[^"\\\n]|\\.)*"/g;

/** The text with comments replaced by spaces, so that all positions stay the same. */
function blankComments(schema: string): string {
  const commentOrString = new RegExp(`${stringLiteral.source}|//[^\\n]*|/\\*[\\s\\S]*?(?:\\*/|$)`, "g");
  return schema.replaceAll(commentOrString, (found) =>
    found.startsWith('"') ? found : found.replaceAll(/[^\n]/g, " "),
  );
}

function closingBrace(code: string, from: number): number {
  const braceOrString = new RegExp(`${stringLiteral.source}|[{}]`, "g");
  braceOrString.lastIndex = from;
  for (let depth = 1, found = braceOrString.exec(code); found; found = braceOrString.exec(code)) {
    if (found[0] === "{") depth += 1;
    if (found[0] === "}") depth -= 1;
    if (depth === 0) return braceOrString.lastIndex;
  }
  return code.length;
}

/** A property ends with its line, unless a bracket is still open. */
function findProperties(code: string, from: number, to: number): readonly BlockProperty[] {
  const properties: BlockProperty[] = [];
  const token = new RegExp(`${stringLiteral.source}|[\\n()[\\]]`, "g");
  let start = from;
  let depth = 0;
  const add = (end: number) => {
    const text = code.slice(start, end);
    const [name] = /[^\s=(]+/.exec(text) ?? [];
    const indent = text.length - text.trimStart().length;
    if (name !== undefined)
      properties.push({ name, text: text.trim(), start: start + indent, end: start + text.trimEnd().length });
    start = end;
  };
  token.lastIndex = from;
  for (let found = token.exec(code); found && found.index < to; found = token.exec(code)) {
    if (found[0] === "(" || found[0] === "[") depth += 1;
    if (found[0] === ")" || found[0] === "]") depth -= 1;
    if (found[0] === "\n" && depth <= 0) add(found.index);
  }
  add(to);
  return properties;
}

function isWordCharacter(character: string | undefined): boolean {
  return character !== undefined && /[\p{L}\p{N}_]/u.test(character);
}

function endOfWord(code: string, from: number): number {
  let end = from;
  while (isWordCharacter(code[end])) end += 1;
  return end;
}
