import type { Probe } from "../catalog/probe.ts";
import { missingObject } from "../errors/errors.ts";
import type { Properties } from "../values/properties.ts";
import { resourceName } from "../values/urn.ts";
import type { Kind, MadeObject } from "./kind.ts";

/** What the resources would have made on which an update would fail: what names it can't be judged by this preview. */
export class Unmade {
  readonly #objects: { readonly made: MadeObject; readonly causes: readonly string[] }[] = [];
  /** Resources that may make anything. */
  readonly #others: string[] = [];

  /** Notes a resource that the update would fail on. */
  noteFailure(kind: Kind, desired: Properties, urn: string): void {
    const name = resourceName(urn);
    if (kind.execute !== undefined || kind.makesUnknown) this.#others.push(name);
    this.note(kind, desired, [name]);
  }

  /** Notes what a resource can't make until these others can be made. */
  note(kind: Kind, desired: Properties, causes: readonly string[]): void {
    const made = kind.makes?.(desired);
    if (made !== undefined) this.#objects.push({ made, causes });
  }

  /** The resources, by name, that may be the reason why the server finds an object missing. */
  causesOf(
    { message, sqlState }: { readonly message: string; readonly sqlState: string },
    probe: Probe | undefined,
  ): readonly string[] {
    if (!missingObject.includes(sqlState)) return [];
    const text = probe?.sql ?? "";
    const isReason = (made: MadeObject) =>
      isMissing(made, message, sqlState) || (isMissingByResult(message, sqlState) && isCalledIn(text, made));
    const found = this.#objects.filter(({ made }) => isReason(made)).flatMap(({ causes }) => causes);
    return [...new Set([...found, ...this.#others])];
  }
}

/** Whether the message says that there is no such schema or function; the server prints their names without quotes of their own. */
function isMissing({ schema, name }: MadeObject, message: string, sqlState: string): boolean {
  // Without the hint, which is a sentence of its own.
  const [said = ""] = message.split(". ");
  if (name === undefined) return sqlState === "3F000" && holdsName(said, schema);
  return sqlState === "42883" && (holdsName(said, `${schema}.${name}`) || holdsName(said, name));
}

/** Whether what is missing may only seem so because a function's result is another one: a column of it, or an operator on it. */
function isMissingByResult(message: string, sqlState: string): boolean {
  // The server names a function with its arguments, and an operator without parentheses.
  return sqlState === "42703" || (sqlState === "42883" && !message.includes("("));
}

function isCalledIn(text: string, { name }: MadeObject): boolean {
  return name !== undefined && holdsName(text.toLowerCase(), name.toLowerCase(), { isPartOfPath: true });
}

/** Whether the name stands there, not as a part of a longer one. */
function holdsName(text: string, name: string, { isPartOfPath = false } = {}): boolean {
  const escaped = name.replaceAll(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
  return new RegExp(`(?<![\\p{L}\\p{N}_$${isPartOfPath ? "" : "."}])${escaped}(?![\\p{L}\\p{N}_$])`, "u").test(text);
}
