import { isPlatformRole } from "../access/reach/baseline.ts";
import type { Catalog } from "../catalog/catalog.ts";
import type { CatalogPart } from "../catalog/part.ts";
import { isMadeByPlatform, isPlatformSchema, isRecordSchema } from "../sql/platform-schemas.ts";
import type { QualifiedName } from "../sql/quote.ts";
import type { Properties } from "../values/properties.ts";

/** How objects of a kind come into a program that is written for a database which is there already. */
export interface Adoptable<Args extends Properties = Properties> {
  /** The class that a program constructs. Default: the kind's name. */
  readonly className?: string;
  /** The file, without its ending, that the declaration belongs in: `table-access`. */
  module(args: Args): string;
  /** What `list` looks at beside what the kind reads. Default: nothing. */
  readonly reads?: readonly CatalogPart[];
  /** The ids of the objects that a program may declare: neither the platform's own nor an extension's, nor as every project has them. */
  list(catalog: Catalog): readonly string[];
  /** Why no program should declare it, although it could: `its arguments may hold a secret`. Absent: nothing is against it. */
  refuse?(args: Args): string | undefined;
  /** Of what only a live object has, what it means: `{ allTables: "it publishes all tables" }`. */
  readonly undeclarable?: { readonly [property: string]: string };
  /** What else is left out where the object is: `and with it all its 3 policies and its grants`. Absent: nothing that would not be seen. */
  holds?(args: Args): string | undefined;
  /** What is left out where only its parts are declared: `its row security and its grants are not declared`. */
  readonly besides?: string;
  /** The ids of the objects of this kind that are parts of another kind's object, and may be declared where that can't be. Absent: none. */
  partsOf?(kind: string, args: Properties, catalog: Catalog): readonly string[];
  /** Names for the resource, the shortest first; the last one no other object of the kind has. */
  resourceNames(args: Args): readonly string[];
  /** The schema that the object is in, and the table that it is or belongs to. Absent: it is in none. */
  place?(args: Args): Place;
  /** The same arguments as a person would write them. What does not mean the same is not used. Default: the normal form. */
  write?(args: Args, catalog: Catalog): Properties;
  /** The function that it makes, which the program's conditions may call as a value. Absent: none. */
  makesFunction?(args: Args): RoutineName;
  /** The property whose text is the definition of that function, and has a file of its own. */
  readonly definition?: string;
}

/** A function, with the types that tell it from its overloads. */
export interface RoutineName extends QualifiedName {
  readonly argumentTypes: readonly string[];
}

/** Where an object is. */
export interface Place {
  readonly schema: string;
  /** Of a table, and of what belongs to one. */
  readonly table?: QualifiedName;
}

/** Whether an object in a schema is people's, by the schema and its owner. */
export function isPeoples({ schema, owner }: { readonly schema: string; readonly owner: string }): boolean {
  if (isPlatformSchema(schema) || isRecordSchema(schema)) return false;
  return !isMadeByPlatform(schema) || owner === "postgres" || !isPlatformRole(owner);
}
