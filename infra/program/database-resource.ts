import * as pulumi from "@pulumi/pulumi";
import { isPlatformSchema } from "../sql/platform-schemas.ts";
import { nameProblem, parseQualified, type QualifiedName, qualifiedNameProblem, textProblem } from "../sql/quote.ts";
import { refuseUndefined } from "../sql/undefined-values.ts";
import { typeToken } from "../values/urn.ts";
import type { Inputs } from "./inputs.ts";
import type { Made } from "./needs.ts";
import { currentProgram, type Description } from "./program.ts";
import { asTexts, sourcesOf } from "./table-inputs.ts";
import { besideProperties, tellOutcome } from "./tell-outcome.ts";

export interface DatabaseResourceArgs {
  /** As in `palisade:index:TableAccess`. */
  readonly kind: string;
  readonly name: string;
  /** As written in the program. */
  readonly args: object;
  readonly options: pulumi.CustomResourceOptions | undefined;
  /**
   * What it creates, and the texts that name what it needs. `known` returns an input's value, or undefined if that is
   * not known yet.
   */
  readonly describe: (known: Inputs["known"]) => Description;
}

/**
 * A resource of this package. It is registered after everything that it names in the program, in whatever order the
 * program declares them.
 */
export abstract class DatabaseResource extends pulumi.CustomResource {
  constructor({ kind, name, args, options, describe }: DatabaseResourceArgs) {
    // The class that the program uses: `DatabaseFunction` is of the kind `Function`.
    const written = `${new.target.name} ${name}`;
    refuseUndefined(written, args);
    const properties = asTexts(args) as object;
    refuseBrokenTexts(written, [], properties);
    const place = currentProgram().expect();
    const sources = [...new Set(sourcesOf(args))];
    // The SDK also accepts a promise of several resources, although its type does not say so.
    const others = place.dependencies as unknown as pulumi.Input<pulumi.Resource>;
    super(
      typeToken(kind),
      name,
      { ...asPrintable(properties), ...besideProperties(options, place) },
      pulumi.mergeOptions(options ?? {}, { dependsOn: [...sources, others] }),
    );
    tellOutcome(this);
    const told = { ...options, dependsOn: [options?.dependsOn ?? [], sources] as never };
    const describeAll = (known: Inputs["known"]) => ({ ...describe(known), words: wordsIn(properties, known) });
    place.declare({ resource: this, kind, name, properties, options: told, describe: describeAll });
  }
}

/**
 * The SDK converts each property to a string, for an error message that it may need. That fails for an object with a
 * policy or role called `toString`, but not for an output.
 * @see https://github.com/pulumi/pulumi/blob/master/sdk/nodejs/runtime/rpc.ts
 */
function asPrintable(properties: object): object {
  const entries = Object.entries(properties).map(([key, value]: [string, unknown]) => {
    const isUnprintable = typeof value === "object" && value !== null && Object.hasOwn(value, "toString");
    return [key, isUnprintable ? pulumi.output(value) : value];
  });
  return Object.fromEntries(entries);
}

/** All names and texts in a resource's properties, each as a whole: one may be a role that the program declares. */
function wordsIn(value: unknown, known: Inputs["known"]): readonly string[] {
  const text = known(value as pulumi.Input<string>);
  if (typeof text === "string") return [text];
  if (typeof text !== "object" || text === null) return [];
  const isList = Array.isArray(text);
  return Object.entries(text as object).flatMap(([key, inner]) => [...(isList ? [] : [key]), ...wordsIn(inner, known)]);
}

/** An object that a resource creates and that texts name by a single name; undefined if the name is not known. */
export function named(as: "schema" | "bucket" | "role" | "extension", name: string | undefined): Made | undefined {
  return name === undefined ? undefined : { identity: [as, name], named: { as, name } };
}

/** The access to a table or another relation that migrations create; undefined if its name is not known. */
export function accessTo(table: QualifiedName | undefined): Made | undefined {
  if (table === undefined) return undefined;
  return { identity: ["access", table.schema, table.name], table, decides: "access", afterMigrations: "needed" };
}

/**
 * How strongly what belongs to a table comes after migrations, which create it unless it is the platform's.
 * @param platform the same for one of the platform's tables
 */
export function afterMigrationsOf<Platform>({ schema }: QualifiedName, platform: Platform): Platform | "needed" {
  return isPlatformSchema(schema) ? platform : "needed";
}

/** The table of that name. Undefined: the name is unknown or invalid, which the provider will report. */
export function tableOf(name: string | undefined): QualifiedName | undefined {
  return name === undefined || qualifiedNameProblem(name) !== undefined ? undefined : parseQualified(name);
}

/** @throws {pulumi.RunError} for a text that would not reach the database unchanged */
function refuseBrokenTexts(resource: string, path: readonly string[], value: unknown): void {
  if (typeof value === "string") {
    const problem = textProblem(value);
    if (problem !== undefined) throw new pulumi.RunError(`${resource}: ${path.join(".")}: ${problem}`);
  }
  if (typeof value !== "object" || value === null || pulumi.Output.isInstance(value) || value instanceof Promise)
    return;
  for (const [key, inner] of Object.entries(value)) {
    if (!Array.isArray(value)) refuseBrokenTexts(resource, [...path, "a name"], key);
    // The SDK would silently drop it.
    if (key === "__proto__") throw new pulumi.RunError(`${resource}: ${path.join(".")}: ${nameProblem(key)}`);
    refuseBrokenTexts(resource, [...path, key], inner);
  }
}
