import { isPlatformRole } from "../access/reach/baseline.ts";
import type { Catalog } from "../catalog/catalog.ts";
import type { CatalogPart } from "../catalog/part.ts";
import type { Table } from "../catalog/tables.ts";
import { isMadeByPlatform, isPlatformSchema, isRecordSchema, platformTableProblem } from "../sql/platform-schemas.ts";
import type { QualifiedName } from "../sql/quote.ts";
import type { Properties } from "../values/properties.ts";
import type { Kind } from "./kind.ts";

/** How objects of a kind are written into a program by `palisade adopt`. */
export interface Adoptable<Args extends Properties = Properties> {
  /** The class that a program constructs. Default: the kind's name. */
  readonly className?: string;
  /** The base name of the file for the declaration: `table-access`. */
  module(args: Args): string;
  /** The catalog parts that `list` reads in addition to those of the kind. Default: none. */
  readonly reads?: readonly CatalogPart[];
  /**
   * The ids of the objects that a program may declare. Those that belong to the platform or an extension, or exist in
   * every project, are left out.
   */
  list(catalog: Catalog): readonly string[];
  /**
   * Why no program should declare the object although it could: `its arguments may hold a secret`. Absent: there is no
   * reason.
   */
  refuse?(args: Args): string | undefined;
  /** Describes properties that only a live object can have: `{ allTables: "it publishes all tables" }`. */
  readonly undeclarable?: { readonly [property: string]: string };
  /**
   * What else is left out together with the object: `and with it all its 3 policies and its grants`. Absent: nothing
   * that would go unnoticed.
   */
  holds?(args: Args): string | undefined;
  /** What is left out if only the object's parts are declared: `its row security and its grants are not declared`. */
  readonly besides?: string;
  /**
   * The ids of this kind's objects that are parts of another kind's object, and can be declared when that one can't be.
   * Absent: none.
   */
  partsOf?(whole: Kind, args: Properties, catalog: Catalog): readonly string[];
  /** Candidate resource names, the shortest first. The last one is unique among the objects of the kind. */
  resourceNames(args: Args): readonly string[];
  /** The object's schema, and the table that it is or belongs to. Absent: it is in no schema. */
  place?(args: Args): Place;
  /**
   * The arguments as a person would write them. A result with a different meaning is discarded. Default: the normal
   * form.
   */
  write?(args: Args, catalog: Catalog): Properties;
  /** The function that the resource creates, which the program's conditions may call as a value. Absent: none. */
  makesFunction?(args: Args): RoutineName;
  /** The component that may declare the object as well, with fewer words. Absent: there is none. */
  readonly component?: "TenantTable" | "RealtimeChanges";
  /** The property with that function's definition, which gets a file of its own. */
  readonly definition?: string;
}

/** The class that a program constructs, by which messages call the kind. */
export function classNameOf({ name, adoptable }: Pick<Kind, "name" | "adoptable">): string {
  return adoptable?.className ?? name;
}

/** A function, with the argument types that tell it apart from its overloads. */
interface RoutineName extends QualifiedName {
  readonly argumentTypes: readonly string[];
}

/** Where an object is located. */
export interface Place {
  readonly schema: string;
  /** For a table, and for objects that belong to one. */
  readonly table?: QualifiedName;
}

/** Whether an object in a schema is the project's own, judging by the schema and its owner. */
export function isPeoples({ schema, owner }: { readonly schema: string; readonly owner: string }): boolean {
  if (isPlatformSchema(schema) || isRecordSchema(schema)) return false;
  return !isMadeByPlatform(schema) || owner === "postgres" || !isPlatformRole(owner);
}

/** The platform's tables that projects have policies on. */
export function sharedTables({ tables }: Catalog): readonly Table[] {
  return [...tables.values()].filter(
    (table) =>
      isPlatformSchema(table.schema) &&
      table.policies.length > 0 &&
      platformTableProblem(table, "policies") === undefined,
  );
}
