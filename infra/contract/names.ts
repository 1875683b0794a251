/** `ai_conversations` and `public-assets` as `aiConversations` and `publicAssets`. */
export function camelCase(name: string): string {
  const pascal = pascalCase(name);
  return pascal.replace(/^[A-Z]+(?![a-z])|^[A-Z]/, (start) => start.toLowerCase());
}

/** `ai_conversations` as `AiConversations`; a name that begins with a digit gets an underscore before it. */
export function pascalCase(name: string): string {
  const words = name.split(/[^\p{L}\p{Nd}$]+/u).filter((word) => word !== "");
  const pascal = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
  return /^[\p{L}$]/u.test(pascal) ? pascal : `_${pascal}`;
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

/** A text that stands in a comment, which it must not end. */
export function inComment(text: string): string {
  return text.replaceAll("*/", "*\\/");
}
