/**
 * Texts by which Pulumi's engine marks special values. A value that contains one of them as its own text would be
 * misinterpreted on the way, so none can be used as a name.
 * @see https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/plugin/rpc.go
 * @see https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/sig/sig.go
 */

/** The key that marks an object as a secret, an asset or a reference. */
const signatureKey = "4dabf18193072939515e22adb298388d";

/**
 * Placeholders for values that are known only after another resource was created: for a text, and for each other type.
 */
const unknowns = new Set([
  "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "030794c1-ac77-496b-92df-f27374a8bd58",
  "e48ece36-62e2-4504-bad9-02848725956a",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);

/** The value of the signature key in a secret, whose content is its `value`. */
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";

/** The same value with every secret's content in place of the secret. */
export function withoutSecretMarks(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(withoutSecretMarks);
  const properties = value as Readonly<Record<string, unknown>>;
  if (properties[signatureKey] === secretSignature) return withoutSecretMarks(properties.value);
  return Object.fromEntries(Object.entries(properties).map(([key, inner]) => [key, withoutSecretMarks(inner)]));
}

export function isUnknown(value: unknown): boolean {
  return typeof value === "string" && unknowns.has(value);
}

export function isPulumiMark(text: string): boolean {
  return text === signatureKey || unknowns.has(text);
}

/** The first text in a value that Pulumi would take for one of its marks. */
export function findPulumiMark(value: unknown): string | undefined {
  if (typeof value === "string") return isUnknown(value) ? value : undefined;
  if (typeof value !== "object" || value === null) return undefined;
  if (Object.hasOwn(value, signatureKey)) return signatureKey;
  for (const inner of Object.values(value)) {
    const found = findPulumiMark(inner);
    if (found !== undefined) return found;
  }
  return undefined;
}
