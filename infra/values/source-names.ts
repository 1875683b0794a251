import { quoteString } from "./source-strings.ts";

/** Whether every compiler accepts the name as a property without quotes. */
function isWord(name: string): boolean {
  return /^[\p{ID_Start}_$]/u.test(name) && name.search(unsuitable) < 0;
}

/** A property's name in an object or type: quoted only if necessary. */
export function writeKey(name: string): string {
  // Written plainly, this one name would set the object's prototype.
  if (name === "__proto__") return '["__proto__"]';
  return isWord(name) ? name : quoteString(name);
}

/** A property of a value: `app.tasks`, `app["odd name"]`. */
export function memberOf(value: string, name: string): string {
  return isWord(name) ? `${value}.${name}` : `${value}[${quoteString(name)}]`;
}

/** `ai_conversations` and `public-assets` as `aiConversations` and `publicAssets`. */
export function camelCase(name: string): string {
  return withSmallStart(pascalCase(name));
}

/** `ai_conversations` as `AiConversations`; a name that begins with a digit gets an underscore before it. */
export function pascalCase(name: string): string {
  const words = name.split(/[^\p{L}\p{Nd}$]+/u).filter((word) => word !== "");
  const pascal = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
  return /^[\p{L}$]/u.test(pascal) ? pascal : `_${pascal}`;
}

/**
 * `ai_conversations` becomes `aiConversations`, and everything except underscores between words is kept. Existing
 * programs name the tables of schema.prisma like this, including `app["odd name"]`.
 */
export function withoutUnderscores(name: string): string {
  const joined = name.replaceAll(/(?<=[A-Za-z0-9])_+([A-Za-z0-9])/g, (_, letter: string) => letter.toUpperCase());
  return withSmallStart(joined);
}

function withSmallStart(name: string): string {
  return name.replace(/^[A-Z]+(?![a-z])|^[A-Z]/, (start) => start.toLowerCase());
}

/**
 * Characters to avoid in identifiers although JavaScript may allow them: invisible ones, and letters that recent
 * compilers don't know, which are those beyond the basic plane and those that Unicode added lately.
 */
export const unsuitable = new RegExp(
  [
    "[^\\p{ID_Continue}$]",
    "[^\\0-\\uffff]",
    "\\p{Default_Ignorable_Code_Point}",
    "[\\u088f\\u0c5c\\u0cdc\\u1c89\\u1c8a\\ua7cb-\\ua7cf\\ua7d2\\ua7d4\\ua7da-\\ua7dc\\ua7f1]",
    "[\\u0897\\u1acf-\\u1aeb]",
  ].join("|"),
  "gu",
);
