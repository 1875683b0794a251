import type { Catalog } from "../catalog/catalog.ts";
import type { Table } from "../catalog/tables.ts";
import { InputError } from "../errors/errors.ts";
import { formatQualified, parseQualified } from "../sql/quote.ts";

/**
 * Ids as people write them for `pulumi import`, in the form that the state keeps. What names nothing is refused with what there is, in
 * the spelling to write.
 */

/** A table by its name, with or without its schema. @throws {InputError} where there is none of that name */
export function tableIdOf(id: string, { tables }: Catalog): string {
  const wanted = formatQualified(parseQualified(id));
  const table = tables.get(wanted);
  if (table === undefined) {
    const { schema, name } = parseQualified(id);
    const alike = [...tables.values()].filter(
      (found) => isAlike(found.name, name) && (isAlike(found.schema, schema) || !id.includes(".")) && isTable(found),
    );
    throw notThere(`the table ${wanted}`, alike.map(formatQualified));
  }
  if (isTable(table)) return wanted;
  throw new InputError(
    `${wanted} is ${relationKinds[table.kind] ?? "no table"}, and only a table can be imported here`,
  );
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

function isTable({ kind }: Table): boolean {
  return kind === "r" || kind === "p";
}

const relationKinds: Readonly<Record<string, string>> = {
  v: "a view",
  m: "a materialized view",
  f: "a foreign table",
};
