import { isComputedDefault } from "./column-default.ts";
import type { BlockProperty, SchemaBlock } from "./schema-blocks.ts";

/**
 * The columns that Prisma's client does not know: `Unsupported(…)` and `@ignore`. Prisma's parser leaves them out.
 * Columns that the database computes, such as a generated tsvector, are left out here.
 */
export function findHiddenColumns(models: readonly SchemaBlock[]): ReadonlyMap<string, readonly string[]> {
  const names = new Set(models.map(({ name }) => name));
  return new Map(
    models.map(({ name, properties }) => [
      name,
      properties.filter((property) => isHiddenColumn(property, names) && !hasComputedDefault(property)).map(columnOf),
    ]),
  );
}

function isHiddenColumn({ name, text }: BlockProperty, models: ReadonlySet<string>): boolean {
  if (name.startsWith("@@")) return false;
  const [, type = ""] = /^\S+\s+(\w+)/u.exec(text) ?? [];
  return type === "Unsupported" || (!models.has(type) && attribute("ignore").test(withoutStrings(text)));
}

function hasComputedDefault({ text }: BlockProperty): boolean {
  const [, name = ""] = attribute("default", "\\(\\s*(?:value:\\s*)?(\\w+)\\s*\\(").exec(withoutStrings(text)) ?? [];
  const [, expression] = attribute("default", `\\(\\s*(?:value:\\s*)?dbgenerated\\(\\s*(${string})`).exec(text) ?? [];
  return isComputedDefault(name, expression === undefined ? [] : [JSON.parse(expression)]);
}

function columnOf({ name, text }: BlockProperty): string {
  const [, mapped] = attribute("map", `\\(\\s*(?:name:\\s*)?(${string})`).exec(text) ?? [];
  return mapped === undefined ? name : (JSON.parse(mapped) as string);
}

const string = '"(?:[^"\\\\\\n]|\\\\.)*"';

function attribute(name: string, following = ""): RegExp {
  return new RegExp(`(?<=\\s)@${name}\\b${following}`, "u");
}

function withoutStrings(text: string): string {
  return text.replaceAll(new RegExp(string, "g"), '""');
}
