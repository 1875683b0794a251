import type { Actor } from "./actors.ts";
import type { Who } from "./declaration.ts";
import type { Answer, Statement } from "./run-tries.ts";
import { isMemberOf, type Row, tenantsOf, type Values } from "./who.ts";

export type Command = "select" | "insert" | "update" | "delete" | "move" | "point" | "execute" | "receive" | "send";

/** What one person tries to do to one row (file, channel, result of a function). Attempts may share a statement. */
export interface Attempt {
  readonly person: Actor;
  /** `public.tasks`, `files in avatars`, `channel organization:…` */
  readonly object: string;
  readonly command: Command;
  readonly row: Row;
  /** Of a move to another tenant: the row as it becomes. */
  readonly to?: Row;
  /** What of it: a column that is changed, the file's path. */
  readonly what?: string;
  /** The only column that is read. */
  readonly column?: string;
  /** Of a change: the columns as they become. */
  readonly written?: Values;
  readonly statement: Statement;
  /** Another change of the same row by the same person: where policies hide the row from that one, they hide it from this one, which is not run then. */
  readonly after?: Statement;
  /** The statement that tells the same of this row alone, for a person to paste. Default: that which is run. */
  readonly shown?: string;
  readonly rules: Rules;
  /** Whether the row is not the one that the statement names: a trigger, a cascade or a function's body changed it. */
  readonly isBehind?: true;
  /** Whether it is of no interest where nobody could do it: another attempt tells the same. */
  readonly isOptional?: boolean;
  /** Default: a row was reached. */
  readonly isReached?: (answer: Answer) => boolean;
}

/** What is stated of an object. */
export interface Rules {
  readonly may: { readonly [command in Command]?: Who };
  /** The columns that may be changed at all. Undefined: not stated. */
  readonly columns?: readonly string[];
  /** The columns that may be read at all. Undefined: not stated. */
  readonly reads?: readonly string[];
  /** Who may move a row to another tenant of theirs. Undefined: nobody, where a row stays. */
  readonly moves?: Who;
  /** Whether a row stays with its tenant, and points to no other tenant's. */
  readonly stays: boolean;
  /** Whether nothing follows from tenancy either: what is let through is found. */
  readonly isUnstated?: true;
}

/** Why somebody was refused. */
export type Refusal = "privilege" | "policy" | "no rows" | "constraint" | "error";

export interface Outcome {
  readonly attempt: Attempt;
  readonly isReached: boolean;
  readonly refusal?: Refusal;
  readonly answer: Answer;
  /** Why it is no answer about access: nobody could have done it with these values. */
  readonly notTried?: string;
}

export function outcomeOf(attempt: Attempt, answer: Answer): Outcome {
  const isReached = answer.code === undefined && (attempt.isReached?.(answer) ?? (answer.rows ?? 0) > 0);
  return { attempt, answer, isReached, ...(isReached ? {} : { refusal: refusalOf(answer) }) };
}

function refusalOf({ code = "", message = "", isUnprepared }: Answer): Refusal {
  if (isUnprepared) return "error";
  if (code === "") return "no rows";
  if (code === "42501") return message.includes("row-level security") ? "policy" : "privilege";
  return code.startsWith("23") ? "constraint" : "error";
}

/** Whose a row is, as a person sees it. */
export type Relation = "own" | "tenant" | "other" | "any";

export function relationOf(person: Actor, row: Row): Relation {
  const tenants = tenantsOf(row);
  if (tenants.length === 0 && row.owner === undefined) return "any";
  const isMember = tenants.length === 0 || (person.isKnown && tenants.some((tenant) => isMemberOf(person, tenant)));
  if (row.owner !== undefined && row.owner === person.subject && isMember) return "own";
  return tenants.length > 0 && isMember ? "tenant" : "other";
}

/** `their own`, `their tenant's`, `another tenant's`, `any` */
export const relationWords: Readonly<Record<Relation, string>> = {
  own: "their own",
  tenant: "their tenant's",
  other: "another's",
  any: "any",
};
