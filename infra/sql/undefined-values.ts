import * as pulumi from "@pulumi/pulumi";
import { callerPlace } from "./caller-place.ts";

/**
 * Refuses undefined values: a mistyped column or table is `undefined` when the program runs, and a preview does not
 * check types. An optional property may be undefined, but not an item of a list.
 *
 * @param owner the resource and its name, for messages
 * @param needed the required properties
 * @throws {pulumi.RunError} with the location in the program
 */
export function refuseUndefined(owner: string, args: object, needed: readonly string[] = []): void {
  const given = (args ?? {}) as Readonly<Record<string, unknown>>;
  const missing = needed.find((name) => given[name] === undefined) ?? findUndefinedItem(given);
  if (missing !== undefined) throw new pulumi.RunError(`${owner}: ${missing} ${isUndefined()}`);
}

/** The message about an undefined value, after its name. */
export function isUndefined(): string {
  const place = callerPlace();
  return (
    `is undefined: perhaps a table, column or function that does not exist by that name${place === undefined ? "" : ` (${place})`}. ` +
    "The type check names it, in your editor or by `tsc --noEmit`"
  );
}

function findUndefinedItem(value: unknown, path: readonly string[] = []): string | undefined {
  if (Array.isArray(value)) {
    // Not by an array method, which would skip holes.
    for (let index = 0; index < value.length; index++) {
      const found =
        value[index] === undefined
          ? `item ${index + 1} of ${path.join(".")}`
          : findUndefinedItem(value[index], [...path, String(index)]);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (!isPlainObject(value)) return undefined;
  for (const [key, inner] of Object.entries(value)) {
    const found = findUndefinedItem(inner, [...path, key]);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** An object of properties, as opposed to a resource, output, table, column or text. */
export function isPlainObject(value: unknown): value is object {
  if (typeof value !== "object" || value === null || "$table" in value) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
