import { randomFrom } from "./random.ts";
import type { Restriction } from "./restriction.ts";
import type { TypeFacts } from "./schema-facts.ts";

interface PlainWish {
  readonly modifier: number;
  readonly number: number;
  readonly restriction: Restriction;
}

/**
 * A value of a type that is not a text, number or composed type. Undefined: the type is unknown, and a text is tried.
 */
export function plainValue({ name }: TypeFacts, wish: PlainWish): string | undefined {
  const { oneOf } = wish.restriction;
  if (name === "uuid") return uuidValue(wish);
  const make = makers.get(name);
  if (make === undefined) return undefined;
  return oneOf?.[wish.number % oneOf.length] ?? make(wish.number, wish.modifier);
}

/** Version 4 UUIDs, so that they pass a test for that version. They sort as their text does. */
function uuidValue({ number, restriction }: Omit<PlainWish, "modifier">): string {
  const { oneOf, atLeast, atMost, noneOf } = restriction;
  if (oneOf !== undefined) return oneOf[number % oneOf.length] ?? "";
  const random = randomFrom(number + 7);
  const hex = (length: number) =>
    random(16 ** length)
      .toString(16)
      .padStart(length, "0");
  const rest = `${hex(7)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${number.toString(16).padStart(12, "0").slice(-12)}`;
  const isWithin = (uuid: string) =>
    (atLeast === undefined || uuid > atLeast.value) && (atMost === undefined || uuid < atMost.value);
  const any = hex(1) + rest;
  const all = [any, ...[..."0123456789abcdef"].map((first) => first + rest)];
  return all.find((uuid) => isWithin(uuid) && noneOf?.includes(uuid) !== true) ?? any;
}

const bits = (number: number, length: number) => (number % 2 ** Math.min(length, 30)).toString(2).padStart(length, "0");
const octets = (number: number) => `${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`;
const hexPairs = (number: number, count: number) =>
  (
    number
      .toString(16)
      .padStart(count * 2, "0")
      .match(/../g) ?? []
  ).join(":");

const makers: ReadonlyMap<string, (number: number, modifier: number) => string> = new Map([
  ["bytea", (number: number) => `\\x${number.toString(16).padStart(8, "0")}`],
  ["bit", (number: number, modifier: number) => bits(number, Math.max(modifier, 1))],
  ["varbit", (number: number, modifier: number) => bits(number, modifier > 0 ? modifier : 8)],
  ["inet", (number: number) => `10.${octets(number)}`],
  ["cidr", (number: number) => `10.${octets(number)}/32`],
  ["macaddr", (number: number) => hexPairs(number, 6)],
  ["macaddr8", (number: number) => hexPairs(number, 8)],
  ["point", (number: number) => `(${number},1)`],
  ["line", (number: number) => `{1,-1,${number}}`],
  ["lseg", (number: number) => `[(0,0),(${number},1)]`],
  ["box", (number: number) => `(${number + 1},1),(${number},0)`],
  ["path", (number: number) => `[(0,0),(${number},1)]`],
  ["polygon", (number: number) => `((0,0),(${number},1),(1,0))`],
  ["circle", (number: number) => `<(${number},1),1>`],
  ["tsvector", (number: number) => `'word${number}'`],
  ["tsquery", (number: number) => `'word${number}'`],
  ["pg_lsn", (number: number) => `0/${number.toString(16)}`],
  ["pg_snapshot", (number: number) => `${number}:${number}:`],
  ["txid_snapshot", (number: number) => `${number}:${number}:`],
  ["xid", String],
  ["xid8", String],
  ["cid", String],
  ["tid", (number: number) => `(${number},1)`],
  ["jsonpath", (number: number) => `$."key${number}"`],
  ["xml", (number: number) => `<a>${number}</a>`],
  ["int2vector", String],
  ["oidvector", String],
  ["regclass", () => "pg_class"],
  ["regtype", () => "integer"],
  ["regrole", () => "postgres"],
  ["regnamespace", () => "public"],
  ["regproc", () => "now"],
  ["regprocedure", () => "now()"],
  ["regoper", () => "!~~"],
  ["regoperator", () => "+(integer,integer)"],
  ["regconfig", () => "simple"],
  ["regdictionary", () => "simple"],
  ["regcollation", () => '"C"'],
  ["aclitem", () => "postgres=r/postgres"],
  ["hstore", (number: number) => `"key"=>"${number}"`],
  ["ltree", (number: number) => `top.part${number}`],
  ["lquery", (number: number) => `*.part${number}`],
  ["cube", (number: number) => `(${number})`],
  ["seg", (number: number) => `${number} .. ${number + 1}`],
  ["vector", (number: number, modifier: number) => vector(number, modifier)],
  ["halfvec", (number: number, modifier: number) => vector(number % 1000, modifier)],
  ["sparsevec", (number: number, modifier: number) => `{1:${number % 1000}}/${Math.max(modifier, 1)}`],
  ["geometry", (number: number) => `POINT(${number % 90} 1)`],
  ["geography", (number: number) => `POINT(${number % 90} 1)`],
]);

function vector(number: number, dimensions: number): string {
  return `[${[number, ...Array.from({ length: Math.max(dimensions, 1) - 1 }, () => 0)].join(",")}]`;
}
