import { listWords } from "../../values/list-words.ts";

export const objectKinds = [
  "table",
  "view",
  "materialised view",
  "foreign table",
  "sequence",
  "function",
  "schema",
  "database",
  "bucket",
  "publication",
  "role",
  /** `anon BYPASSRLS` */
  "attribute",
  /** `anon in service_role` */
  "membership",
  /** `postgres public tables`, `postgres functions` */
  "default privileges",
  /** `storage.objects/avatars_read` */
  "policy",
  /** `public.tasks of public.plans` */
  "inheritance",
  /** All policies of a table, by the table's name. */
  "policies",
  /** All rewrite rules of a table, by the table's name. */
  "rules",
] as const;

/** An object that can be reached, identified as by a resource. */
export interface ReachedObject {
  readonly kind: (typeof objectKinds)[number];
  readonly id: string;
}

/**
 * Whether a resource of the program accounts for an object's access, so that any difference is reported by that
 * resource.
 */
export type IsDeclared = (object: ReachedObject) => boolean;

/** `table public.leak` */
export function formatObject({ kind, id }: ReachedObject): string {
  return `${kind} ${id}`;
}

/** How bad the finding would be if it were unintended, the worst first. */
const severities = [
  "bypass",
  "writes every row",
  "reads every row",
  "acts for others",
  "reads some rows",
  "little",
] as const;
export type Severity = (typeof severities)[number];

/** Access to something that no resource of the program declares. */
export interface Finding {
  /** The roles with the access; `public` is everybody. */
  readonly roles: readonly string[];
  readonly object: ReachedObject;
  /** The object's schema. Absent: it is in none. */
  readonly schema?: string;
  /** The object's owner, if only the owner may close it. */
  readonly owner?: string;
  readonly severity: Severity;
  /** What they can do, and why: `reads every row of public.leak: row-level security is off`. Starts with the verb. */
  readonly text: string;
  /** Statements that close it. Empty if no role of this database can. */
  readonly remedy: readonly string[];
  /** What to do if there is no such statement. */
  readonly advice?: string;
}

/** `anon reads every row of public.leak: row-level security is off, and no resource declares the table` */
export function describeFinding({ roles, text }: Finding): string {
  return `${describeRoles(roles)} ${text}`;
}

function describeRoles(roles: readonly string[]): string {
  return roles.includes("public") ? "everybody" : listWords(roles);
}

/** `1 way in`, `6 ways in` */
export function countWaysIn(number: number): string {
  return number === 1 ? "1 way in" : `${number} ways in`;
}

/** Findings that are new, at least for one of their roles. */
export function newFindings(before: readonly Finding[], after: readonly Finding[]): readonly Finding[] {
  const keysOf = ({ roles, object, text }: Finding) => roles.map((role) => JSON.stringify([role, object, text]));
  const known = new Set(before.flatMap(keysOf));
  return after.filter((finding) => keysOf(finding).some((key) => !known.has(key)));
}

/** The worst first, and what anybody on the internet can do before what needs a login. */
export function compareFindings(left: Finding, right: Finding): number {
  const rank = ({ severity, roles }: Finding) => severities.indexOf(severity) * 2 + (isForAnybody(roles) ? 0 : 1);
  return rank(left) - rank(right) || compareText(left.object.id, right.object.id) || compareText(left.text, right.text);
}

function isForAnybody(roles: readonly string[]): boolean {
  return roles.includes("anon") || roles.includes("public");
}

function compareText(left: string, right: string): number {
  return left === right ? 0 : left < right ? -1 : 1;
}
