import { formatName } from "../sql/names.ts";

/**
 * Identifies an entry of default privileges: the role that creates the objects, their kind, and the schema. Without a
 * schema: all schemas.
 */
export interface Entry {
  readonly owner: string;
  readonly schema?: string | undefined;
  readonly objects: string;
}

/** `postgres/tables`, `postgres/public/tables` */
export function formatEntry({ owner, schema, objects }: Entry): string {
  return [owner, ...(schema === undefined ? [] : [schema])].map(formatName).concat(objects).join("/");
}

/** All privileges on a class of objects. */
export function privilegesOn(objects: string, version: number): readonly string[] {
  switch (objects) {
    case "tables": {
      const all = ["select", "insert", "update", "delete", "truncate", "references", "trigger"];
      return version < 170_000 ? all : [...all, "maintain"];
    }
    case "sequences":
      return ["usage", "select", "update"];
    case "functions":
      return ["execute"];
    case "types":
      return ["usage"];
    default:
      return ["usage", "create"];
  }
}

/**
 * What PostgreSQL grants on new objects by default.
 * @see https://www.postgresql.org/docs/current/ddl-priv.html (default access privileges)
 */
export function builtInGrants(
  objects: string,
  schema: string | undefined,
): { readonly [role: string]: readonly string[] } {
  if (schema !== undefined) return {};
  if (objects === "functions") return { public: ["execute"] };
  return objects === "types" ? { public: ["usage"] } : {};
}
