import { matchingText } from "./matching-text.ts";
import { randomFrom } from "./random.ts";
import type { Restriction, TextMatch } from "./restriction.ts";

export interface TextWish {
  /** What the value is for, such as the column's name, so that people recognise the text. */
  readonly word: string;
  /** Different numbers yield different texts. */
  readonly number: number;
  readonly longest: number;
  readonly restriction: Restriction;
}

/** A text that meets the restriction, or the best approximation. */
export function textValue(wish: TextWish): string {
  let first: string | undefined;
  for (const candidate of candidates(wish)) {
    first ??= candidate;
    if (meets(candidate, wish)) return candidate;
  }
  return first ?? "";
}

function* candidates(wish: TextWish): Generator<string> {
  const { restriction, number } = wish;
  const { oneOf, atLeast, atMost, letterCase, matches = [] } = restriction;
  if (oneOf !== undefined) {
    for (const index of oneOf.keys()) yield oneOf[(index + number) % oneOf.length] ?? "";
  }
  const fold = (text: string) => (letterCase === "upper" ? text.toUpperCase() : text);
  const patterns = matches.flatMap(({ pattern, isWanted }) => (isWanted ? [pattern] : []));
  for (let attempt = 0; attempt < (patterns.length > 0 ? 200 : 0); attempt++) {
    const texts = patterns.flatMap((pattern) => matchingText(pattern, randomFrom(number * 211 + attempt)) ?? []);
    for (const text of new Set([...texts, texts.join("")])) {
      yield fold(text);
      yield fold(extended(text, wish));
    }
  }
  const plain = plainText(wish);
  yield fold(plain);
  yield fold(extended(plain, wish));
  for (const bound of [atLeast?.value, atMost?.value]) {
    if (bound !== undefined) yield* [`${bound}${token(wish)}`, bound, bound.slice(0, -1)];
  }
  yield* wellKnownTexts(number).map(fold);
}

/** `title-1x4`. If there is too little room, the word is cut off, and then the end of the number. */
function plainText(wish: TextWish): string {
  const { word, longest, restriction } = wish;
  const room = Math.min(longest, restriction.atMostLong ?? longest);
  const number = token(wish);
  if (room <= number.length) return number.slice(number.length - room);
  const rest = room - number.length - 1;
  const name = word.toLowerCase().replace(/[^a-z0-9_]/g, "");
  if (/email|e_mail/.test(name) && room > 20) return `${number}@example.com`;
  if (/(^|_)(url|website|link)s?$/.test(name) && room > 28) return `https://example.com/${number}`;
  return `${name.slice(0, rest)}-${number}`;
}

function token({ number }: TextWish): string {
  return (number + 46_656).toString(36);
}

/** Adds the required parts, and pads to the required length. */
function extended(text: string, { restriction }: TextWish): string {
  const missing = (restriction.includes ?? []).filter((part) => !text.includes(part));
  const whole = missing.reduce((all, part) => `${all.slice(0, 2)}${part}${all.slice(2)}`, text);
  return whole.padEnd(restriction.atLeastLong ?? 0, "x");
}

function meets(text: string, { longest, restriction }: TextWish): boolean {
  const { atLeastLong = 0, atMostLong = Infinity, noneOf, oneOf, atLeast, atMost, includes = [] } = restriction;
  const { length } = [...text];
  return (
    length >= atLeastLong &&
    length <= Math.min(atMostLong, longest) &&
    noneOf?.includes(text) !== true &&
    oneOf?.includes(text) !== false &&
    (atLeast === undefined || text > atLeast.value || (text === atLeast.value && !atLeast.isExclusive)) &&
    (atMost === undefined || text < atMost.value || (text === atMost.value && !atMost.isExclusive)) &&
    includes.every((part) => text.includes(part)) &&
    (restriction.letterCase !== "lower" || text === text.toLowerCase()) &&
    (restriction.matches ?? []).every((match) => isMatch(text, match))
  );
}

/** An expression that JavaScript can't parse counts as a match: the server decides. */
function isMatch(text: string, { pattern, ignoresCase, isWanted }: TextMatch): boolean {
  const written = pattern
    .replace(/\[:(\w+):\]/g, (_, name: string) => posixClasses[name] ?? "")
    .replace(/\\[mMy]/g, "\\b")
    .replace(/^\(\?[a-z]+\)/, "");
  try {
    return new RegExp(written, ignoresCase ? "isu" : "su").test(text) === isWanted;
  } catch {
    return true;
  }
}

const posixClasses: Readonly<Record<string, string>> = {
  ...{ alpha: "a-zA-Z", lower: "a-z", upper: "A-Z", digit: "0-9", alnum: "a-zA-Z0-9", xdigit: "0-9a-fA-F" },
  ...{ space: "\\s", blank: " \\t", cntrl: "\\x00-\\x1f\\x7f", punct: "!-\\/:-@\\[-`{-~", graph: "!-~", print: " -~" },
};

/** Formats that conditions often require, and functions often hide. */
export function wellKnownTexts(number: number): readonly string[] {
  const digits = String(number).padStart(10, "0").slice(-7);
  return [
    ...[
      `a${number}`,
      `a-${number}`,
      `A${number}`,
      `A_${number}`,
      String(number),
      "a",
      "A",
      "0",
      "1",
      "ab",
      "AB",
      "abc",
      "ABC",
    ],
    ...[`${number}@example.com`, `https://example.com/${number}`, `/${number}`, `a/${number}`, `${number}.png`],
    ...[`+1555${digits}`, `555${digits}`, `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`],
    ...[
      "2024-05-01",
      "12:00",
      "12:00:00",
      "2024-05-01T12:00:00Z",
      "2024-05",
      "2024",
      "#a1b2c3",
      "en",
      "en-US",
      "US",
      "USD",
      "EUR",
    ],
    ...["{}", "[]", "true", "public", "UTC", "Europe/Berlin", "10.0.0.1", "1.0.0", "* * * * *", "text/plain", ""],
  ];
}
