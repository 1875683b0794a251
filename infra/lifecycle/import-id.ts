import type { Catalog } from "../catalog/catalog.ts";
import { InputError } from "../errors/errors.ts";
import { formatQualified, parseQualified, type QualifiedName, qualifiedNameProblem } from "../sql/quote.ts";

/**
 * Ids as people write them for `pulumi import`, in the form that the state keeps. What names nothing is refused with what there is, in
 * the spelling to write.
 */

/**
 * The id of a live object, spelled as in SQL or in psql's output: `FUNCTION public.f();`, `Table "public.tasks"`.
 * @throws {InputError} if it names nothing
 */
export async function findImportId(
  { importId }: { importId(id: string, catalog: Catalog): string | Promise<string> },
  spelling: string,
  catalog: Catalog,
): Promise<string> {
  const plain = withoutStatement(spelling);
  if (plain === spelling) return await importId(spelling, catalog);
  try {
    return await importId(spelling, catalog);
  } catch (error) {
    if (error instanceof InputError) return await importId(plain, catalog);
    throw error;
  }
}

/** Strips the keywords before a name, and the end of a statement. */
function withoutStatement(spelling: string): string {
  const name = spelling.trim().replace(/\s*;$/, "");
  const [, titled] =
    /^(?:partitioned table|materialized view|foreign table|table|view|sequence) "([^".]+\.[^".]+)"$/i.exec(name) ?? [];
  return titled ?? name.replace(words, "");
}

const words =
  /^(?:partitioned table|materialized view|foreign table|default privileges|table|view|sequence|function|procedure|aggregate|routine|schema|extension|publication|role|user|policy|trigger|bucket)\s+(?=\S)/i;

/** The id of a table, given with or without its schema. @throws {InputError} if there is no such table */
export function tableIdOf(id: string, catalog: Catalog): string {
  const own = [...catalog.tables.values()].filter(({ kind }) => kind === "r" || kind === "p");
  return relationIdOf(id, own, "table", catalog);
}

/**
 * The id of another kind of relation.
 * @param word the kind, for the error
 * @throws {InputError} if there is no such relation
 */
export function relationIdOf(
  id: string,
  relations: Iterable<QualifiedName>,
  word: string,
  { tables }: Pick<Catalog, "tables">,
): string {
  const all = [...relations];
  const unquoted = all.filter((found) => isPrintedAs(found, id));
  if (unquoted.length > 0 && qualifiedNameProblem(id, word) !== undefined)
    throw notThere(`the ${word} ${id}`, unquoted.map(formatQualified));
  const { schema, name } = parseQualified(id, word);
  const wanted = formatQualified({ schema, name });
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

/** psql lists names without quotes. */
function isPrintedAs({ schema, name }: QualifiedName, id: string): boolean {
  return isAlike(id, name) || isAlike(id, `${schema}.${name}`);
}

/**
 * Splits `storage.objects/avatars read` at the first slash outside quotes.
 * @param word what the id names, for the error
 */
export function splitMember(id: string, word: string): Member {
  const match = /^((?:"(?:[^"]|"")*"|[^"/])+)\/(.+)$/su.exec(id);
  if (!match?.[1] || !match[2])
    throw new InputError(`"${id}" is no ${word}'s id; it looks like storage.objects/${word} name`);
  return { table: parseQualified(match[1]), name: match[2] };
}

interface Member {
  readonly table: QualifiedName;
  readonly name: string;
}

/**
 * The same for an id as people or SQL write it: `"avatars read" on storage.objects`.
 * @param all the existing members
 */
export function splitWrittenMember(id: string, word: string, all: Iterable<Member>): Member {
  const [, name, table] = /^((?:"(?:[^"]|"")*"|[^"/])+)\s+on\s+((?:"(?:[^"]|"")*"|[^"\s])+)$/isu.exec(id) ?? [];
  if (name !== undefined && table !== undefined) return { table: parseQualified(table), name };
  if (id.includes("/")) return splitMember(id, word);
  const alike = [...all].filter((member) => isAlike(member.name, unquote(id)));
  if (alike.length === 0) return splitMember(id, word);
  throw new InputError(
    `"${id}" is no ${word}'s id, which names the table too. Write ${listAlternatives(alike.map((member) => `${formatQualified(member.table)}/${member.name}`))}`,
  );
}

/** The id of an object that is identified by its name alone. @param object such as `the schema` */
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
  const advice = instead.length === 0 ? "" : `. Write ${listAlternatives(instead)}`;
  return new InputError(`${object} does not exist${advice}`);
}

function listAlternatives(ids: readonly string[]): string {
  return [...ids]
    .sort()
    .map((id) => `'${id}'`)
    .join(" or ");
}

/** `"Private"` becomes Private, which is how psql prints names. */
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
