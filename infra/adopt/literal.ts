/** A piece of code, written as it is. */
export class Code {
  constructor(
    readonly text: string,
    /** The names that the program must declare or import for it. */
    readonly uses: readonly string[] = [],
  ) {}
}

/** A call, or with `new` in the callee a construction. */
export class Call {
  constructor(
    readonly callee: string,
    readonly args: readonly Literal[],
    readonly uses: readonly string[] = [],
  ) {}
}

export type Literal =
  | Code
  | Call
  | string
  | number
  | boolean
  | null
  | undefined
  | readonly Literal[]
  | { readonly [key: string]: Literal };

export function writeLiteral(value: Literal): string {
  if (value instanceof Code) return value.text;
  if (value instanceof Call) return `${value.callee}(${value.args.map((one) => writeLiteral(one)).join(", ")})`;
  if (Array.isArray(value)) return `[${value.map((one) => writeLiteral(one as Literal)).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "undefined";
  const entries = Object.entries(value).map(
    ([key, inner]) => `${JSON.stringify(key)}: ${writeLiteral(inner as Literal)}`,
  );
  return `{ ${entries.join(", ")} }`;
}

export function usesOf(value: Literal): readonly string[] {
  if (value instanceof Code) return value.uses;
  if (value instanceof Call) return [...value.uses, ...value.args.flatMap(usesOf)];
  if (Array.isArray(value)) return value.flatMap((one) => usesOf(one as Literal));
  return typeof value === "object" && value !== null
    ? Object.values(value).flatMap((one) => usesOf(one as Literal))
    : [];
}
