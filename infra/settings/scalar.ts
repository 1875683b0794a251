/**
 * The value of an unquoted scalar in Pulumi's engine, which parses YAML by go-yaml's rules: a mixture of YAML 1.1 and
 * 1.2.
 */
export type Scalar = string | boolean | null | number | bigint;

/** @see https://github.com/go-yaml/yaml/blob/v3/resolve.go */
export function readPlainScalar(text: string): Scalar {
  const word = words.get(text);
  if (word !== undefined) return word;
  if (!/^[-+.0-9]/.test(text)) return text;
  const digits = text.replaceAll("_", "");
  // In a text that starts with a dot, underscores must be between digits; elsewhere they may be anywhere.
  if (text.startsWith(".") && /(?<![0-9])_|_(?![0-9])/.test(text)) return text;
  const integer = /^[-+]?(?:0x[0-9a-f]+|0b[01]+|0o?[0-7]+|0|[1-9][0-9]*)$/i.test(digits)
    ? readInteger(digits)
    : undefined;
  if (integer !== undefined) return integer;
  const isNumber = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:e[-+]?[0-9]+)?$/i.test(digits);
  return isNumber && Number.isFinite(Number(digits)) ? Number(digits) : text;
}

/** The scalar as a program or provider receives it: all configuration is text. */
export function writeScalar(scalar: Scalar): string {
  return scalar === null ? "" : String(scalar);
}

const words: ReadonlyMap<string, boolean | null> = new Map([
  ...["true", "True", "TRUE"].map((word) => [word, true] as const),
  ...["false", "False", "FALSE"].map((word) => [word, false] as const),
  ...["", "~", "null", "Null", "NULL"].map((word) => [word, null] as const),
]);

/** Undefined if it does not fit into 64 bits. */
function readInteger(digits: string): bigint | undefined {
  const magnitude = digits.replace(/^[-+]/, "");
  // YAML 1.1's notation of octal numbers.
  const value = BigInt(/^0[0-7]/.test(magnitude) ? `0o${magnitude}` : magnitude.toLowerCase());
  const signed = digits.startsWith("-") ? -value : value;
  return signed >= -(2n ** 63n) && signed < 2n ** 64n ? signed : undefined;
}
