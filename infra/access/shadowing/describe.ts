import { formatName } from "../../sql/names.ts";
import { listWords } from "../../values/list-words.ts";
import type { KnownFunction } from "../recursion/desired-schema.ts";
import type { UnqualifiedName } from "./names.ts";
import type { Root, Shadowed } from "./search.ts";
import { safePath } from "./search-path.ts";

/** What a caller can do, and how to prevent it. */
export function describeShadowing(shadowed: Shadowed): string {
  const { found, root } = shadowed;
  const names = distinct(shadowed.names);
  const isOwn = root.kind === "function" && root.found.signature === found.signature;
  const subject = isOwn ? found.signature : `${found.signature}, which ${describeRoot(root)} runs,`;
  const consequence =
    root.kind === "function"
      ? `What it finds there runs with the rights of ${root.found.owner}`
      : "What it finds there decides which rows the policy lets through";
  const lookedUp = names.filter(({ kind }) => kind === "type" || kind === "relation");
  const temporary = names.filter(isTemporary);
  const called = names.filter(({ kind }) => kind === "function" || kind === "operator");
  const ways = [
    ...(lookedUp.length > 0
      ? [
          `whoever calls ${subject} can put an object of their own in the place of ${list(lookedUp)}: PostgreSQL looks for types and tables in the caller's pg_temp first, unless search_path names it further back`,
        ]
      : []),
    ...(temporary.length > 0
      ? [
          `${subject} uses ${list(temporary)} of the session, which a caller may have made beforehand, with triggers, defaults and types of their own`,
        ]
      : []),
    ...(called.length > 0
      ? [`search_path is the caller's, so a caller chooses what ${list(called)} in ${subject} means`]
      : []),
  ];
  return `${ways.join("; ")}. ${consequence}. ${wayOut(shadowed)}`;
}

/** The function to be corrected, which need not be the one that contains the names. */
export function findToCorrect({ found, names, setBy, root }: Shadowed): KnownFunction {
  if (names.every(isTemporary) || names.every(isUnderPathOfBody)) return found;
  return setBy ?? (root.kind === "function" ? root.found : found);
}

function wayOut(shadowed: Shadowed): string {
  const { found, names, path: runsWith } = shadowed;
  const isOwn = names.every(isUnderPathOfBody);
  const path = isOwn ? names[0]?.path : runsWith;
  const searched = safePath(path, path === undefined && names.some(({ kind }) => kind !== "type") ? ["public"] : []);
  const isOnlyTemporary = names.every(isTemporary);
  const make = `Make it in ${found.signature} itself, after DROP TABLE IF EXISTS and without IF NOT EXISTS`;
  if (isOnlyTemporary) return make;
  const set = `Give ${findToCorrect(shadowed).signature} "set search_path = ${searched.map(formatName).join(", ")}", with pg_temp last${isOwn ? ", instead of a path that its body sets" : ""}, or write such names with their schema`;
  const type = names.find(({ kind }) => kind === "type");
  const example = type === undefined ? "" : `, pg_catalog.${formatName(type.name)}`;
  return `${set}${example}${names.some(isTemporary) ? `. ${make}` : ""}`;
}

function isTemporary({ kind }: UnqualifiedName): boolean {
  return kind === "temporary";
}

function isUnderPathOfBody({ path }: UnqualifiedName): boolean {
  return path !== undefined;
}

function describeRoot(root: Root): string {
  return root.kind === "function" ? root.found.signature : `the policy ${formatName(root.policy)} on ${root.table}`;
}

const words = {
  type: "the type",
  relation: "the table",
  temporary: "the temporary table",
  function: "the function",
  operator: "the operator",
} as const;
const mostNames = 4;

/** Names that were found under several paths, once each. */
function distinct(names: readonly UnqualifiedName[]): readonly UnqualifiedName[] {
  return [...new Map(names.map((name) => [`${name.kind} ${name.name}`, name])).values()];
}

function list(names: readonly UnqualifiedName[]): string {
  return listWords(
    names.map(({ kind, name }) => `${words[kind]} ${name}`),
    mostNames,
  );
}
