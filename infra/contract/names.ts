import { InputError } from "../provider/errors.ts";

/** `ai_conversations` and `public-assets` as `aiConversations` and `publicAssets`. */
export function camelCase(name: string): string {
  const pascal = pascalCase(name);
  return pascal.replace(/^[A-Z]+(?![a-z])|^[A-Z]/, (start) => start.toLowerCase());
}

/** `ai_conversations` as `AiConversations`; a name that begins with a digit gets an underscore before it. */
export function pascalCase(name: string): string {
  const words = name.split(/[^\p{L}\p{N}$]+/u).filter((word) => word !== "");
  const pascal = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
  return /^\p{L}/u.test(pascal) ? pascal : `_${pascal}`;
}

/** A key of an object or a type: quoted only where it must be. */
export function propertyKey(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
}

/** A property of a value: `filter.projectId`. */
export function propertyOf(value: string, name: string): string {
  const key = propertyKey(name);
  return key === name ? `${value}.${name}` : `${value}[${key}]`;
}

/** @throws {InputError} when two of the declared things would have the same name in the contract */
export function refuseDuplicates(
  what: string,
  named: readonly { readonly identifier: string; readonly of: string }[],
): void {
  const owners = new Map<string, string>();
  for (const { identifier, of } of named) {
    const other = owners.get(identifier);
    if (other !== undefined) {
      throw new InputError(`the contract would call ${what} ${other} and ${of} both ${identifier}; rename one of them`);
    }
    owners.set(identifier, of);
  }
}
