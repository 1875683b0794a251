import type { Probe } from "../catalog/probe.ts";
import { missingObject } from "../errors/errors.ts";
import type { Properties } from "../values/properties.ts";
import { resourceName } from "../values/urn.ts";
import type { Kind, MadeObject } from "./kind.ts";

/**
 * The objects of resources on which the update would fail. This preview can't check declarations that refer to them.
 */
export class Unmade {
  readonly #objects: { readonly made: MadeObject; readonly causes: readonly string[] }[] = [];
  /** Resources that may create anything. */
  readonly #others: string[] = [];

  /** Records a resource on which the update would fail. */
  noteFailure(kind: Kind, desired: Properties, urn: string): void {
    const name = resourceName(urn);
    if (kind.execute !== undefined || kind.makesUnknown) this.#others.push(name);
    this.note(kind, desired, [name]);
  }

  /** Records an object that can't be created before the named resources are. */
  note(kind: Kind, desired: Properties, causes: readonly string[]): void {
    const made = kind.makes?.(desired);
    if (made !== undefined) this.#objects.push({ made, causes });
  }

  /** The names of the resources that may be the reason why the server reports an object as missing. */
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

/** Whether the message says that this schema or function does not exist. The server prints these names unquoted. */
function isMissing({ schema, name }: MadeObject, message: string, sqlState: string): boolean {
  // Without the hint, which is a separate sentence.
  const [said = ""] = message.split(". ");
  if (name === undefined) return sqlState === "3F000" && holdsName(said, schema);
  return sqlState === "42883" && (holdsName(said, `${schema}.${name}`) || holdsName(said, name));
}

/**
 * Whether something may be reported as missing only because a function's result type differs: one of its columns, or an
 * operator on it.
 */
function isMissingByResult(message: string, sqlState: string): boolean {
  // The server prints a function with its argument types, and an operator without parentheses.
  return sqlState === "42703" || (sqlState === "42883" && !message.includes("("));
}

function isCalledIn(text: string, { name }: MadeObject): boolean {
  return name !== undefined && holdsName(text.toLowerCase(), name.toLowerCase(), { isPartOfPath: true });
}

/** Whether the text contains the name, and not just as a part of a longer one. */
function holdsName(text: string, name: string, { isPartOfPath = false } = {}): boolean {
  const escaped = name.replaceAll(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
  return new RegExp(`(?<![\\p{L}\\p{N}_$${isPartOfPath ? "" : "."}])${escaped}(?![\\p{L}\\p{N}_$])`, "u").test(text);
}
