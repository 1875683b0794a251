import type { Catalog } from "../../catalog/catalog.ts";
import { type Entry, formatEntry } from "../../desired/default-privileges.ts";
import { InputError } from "../../errors/errors.ts";
import { notThere } from "../../lifecycle/import-id.ts";

const classes = ["tables", "sequences", "functions", "types", "schemas"];

/** @throws {InputError} if the text is not such an id */
export function parseEntry(id: string): Entry {
  const [, owner = "", schema, objects = ""] =
    /^((?:"(?:[^"]|"")*"|[^"/])+)(?:\/((?:"(?:[^"]|"")*"|[^"/])+))?\/([a-z]+)$/su.exec(id) ?? [];
  if (owner === "" || !classes.includes(objects)) {
    throw new InputError(
      `"${id}" names no default privileges; write the role, a schema or none, and ${classes.join(", ")}: postgres/public/tables`,
    );
  }
  return { owner: read(owner), ...(schema === undefined ? {} : { schema: read(schema) }), objects };
}

/**
 * The id of an entry. The entry may be missing, in which case PostgreSQL's built-in default applies, but its role and
 * schema must exist.
 */
export function entryId(spelling: string, owners: Iterable<string>, { schemas }: Catalog): string {
  // psql's \\ddp prints the object class in the singular.
  const entry = parseEntry(classes.includes(`${spelling.split("/").at(-1)}s`) ? `${spelling}s` : spelling);
  const names = [...owners];
  if (!names.includes(entry.owner)) {
    const alike = names.filter((name) => name.toLowerCase() === entry.owner.toLowerCase());
    throw notThere(
      `the role ${entry.owner}`,
      alike.map((owner) => formatEntry({ ...entry, owner })),
    );
  }
  const { schema } = entry;
  if (schema !== undefined && !schemas.has(schema)) {
    const alike = [...schemas.keys()].filter((name) => name.toLowerCase() === schema.toLowerCase());
    throw notThere(
      `the schema ${schema}`,
      alike.map((name) => formatEntry({ ...entry, schema: name })),
    );
  }
  return formatEntry(entry);
}

function read(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
}
