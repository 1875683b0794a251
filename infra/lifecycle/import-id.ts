import type { Catalog } from "../catalog/catalog.ts";
import { InputError } from "../errors/errors.ts";
import { formatQualified, parseQualified, type QualifiedName } from "../sql/quote.ts";

/**
 * Ids as people write them for `pulumi import`, in the form that the state keeps. What names nothing is refused with what there is, in
 * the spelling to write.
 */

/** A table by its name, with or without its schema. @throws {InputError} where there is none of that name */
export function tableIdOf(id: string, catalog: Catalog): string {
  const own = [...catalog.tables.values()].filter(({ kind }) => kind === "r" || kind === "p");
  return relationIdOf(id, own, "table", catalog);
}

/**
 * A relation of another class. @param word what it is called
 * @throws {InputError} where none of these has that name
 */
export function relationIdOf(
  id: string,
  relations: Iterable<QualifiedName>,
  word: string,
  { tables }: Pick<Catalog, "tables">,
): string {
  const { schema, name } = parseQualified(id, word);
  const wanted = formatQualified({ schema, name });
  const all = [...relations];
  if (all.some((found) => formatQualified(found) === wanted)) return wanted;
  const other = tables.get(wanted);
  if (other !== undefined) {
    throw new InputError(
      `${wanted} is ${relationKinds[other.kind] ?? "something else"}, and only a ${word} can be imported here`,
    );
  }
  const alike = all.filter(
    (found) => isAlike(found.name, name) && (isAlike(found.schema, schema) || !id.includes(".")),
  );
  throw notThere(`the ${word} ${wanted}`, alike.map(formatQualified));
}

/**
 * Splits `storage.objects/avatars read`: the table's part ends at the first slash outside quotes.
 * @param word what the id names, for the error
 */
export function splitMember(id: string, word: string): { readonly table: QualifiedName; readonly name: string } {
  const match = /^((?:"(?:[^"]|"")*"|[^"/])+)\/(.+)$/su.exec(id);
  if (!match?.[1] || !match[2])
    throw new InputError(`"${id}" is no ${word}'s id; it looks like storage.objects/${word} name`);
  return { table: parseQualified(match[1]), name: match[2] };
}

/** An object that has its name alone. @param object such as `the schema` */
export function nameIdOf(id: string, names: Iterable<string>, object: string): string {
  const all = [...names];
  const found = [id, unquote(id)].find((name) => all.includes(name));
  if (found !== undefined) return found;
  throw notThere(
    `${object} ${id}`,
    all.filter((name) => isAlike(name, unquote(id))),
  );
}

export function notThere(object: string, instead: readonly string[]): InputError {
  const advice =
    instead.length === 0
      ? ""
      : `. Write ${[...instead]
          .sort()
          .map((id) => `'${id}'`)
          .join(" or ")}`;
  return new InputError(`${object} does not exist${advice}`);
}

/** `"Private"` as Private; psql shows names so. */
export function unquote(name: string): string {
  return /^"(?:[^"]|"")+"$/s.test(name) ? name.slice(1, -1).replaceAll('""', '"') : name;
}

export function isAlike(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase();
}

const relationKinds: Readonly<Record<string, string>> = {
  r: "a table",
  p: "a table",
  v: "a view",
  m: "a materialized view",
  f: "a foreign table",
};
