import type { Actor } from "./actors.ts";
import type { Who } from "./declaration.ts";
import type { Answer, Statement } from "./run-tries.ts";
import { isMemberOf, type Row, tenantsOf, type Values } from "./who.ts";

export type Command = "select" | "insert" | "update" | "delete" | "move" | "point" | "execute" | "receive" | "send";

/**
 * What one person tries to do to one row, file or channel, or with the result of a function. Several attempts may share
 * a statement.
 */
export interface Attempt {
  readonly person: Actor;
  /** `public.tasks`, `files in avatars`, `channel organization:…` */
  readonly object: string;
  readonly command: Command;
  readonly row: Row;
  /** For a move to another tenant: the row after the move. */
  readonly to?: Row;
  /** Which part of the object: the changed column, or the path of a file. */
  readonly what?: string;
  /** The column that is read, if it is a single one. */
  readonly column?: string;
  /** For a change: the new values of the columns. */
  readonly written?: Values;
  readonly statement: Statement;
  /**
   * Another change of the same row by the same person. If policies hide the row from that statement, they hide it from
   * this one too, which is then not run.
   */
  readonly after?: Statement;
  /** A statement for a person to paste, which shows the same for this row alone. Default: the statement that is run. */
  readonly shown?: string;
  readonly rules: Rules;
  /**
   * Whether the changed row is not the one that the statement names: a trigger, a cascade or a function's body changed
   * it.
   */
  readonly isSideEffect?: true;
  /** Whether to ignore the attempt if nobody at all could succeed: another attempt answers the same question. */
  readonly isOptional?: boolean;
  /** Default: at least one row was reached. */
  readonly isReached?: (answer: Answer) => boolean;
}

/** What is declared of an object. */
export interface Rules {
  readonly may: { readonly [command in Command]?: Who };
  /** The columns that may be updated at all. Undefined: not declared. */
  readonly columns?: readonly string[];
  /** The columns that may be read at all. Undefined: not declared. */
  readonly reads?: readonly string[];
  /** Who may move a row to another of their tenants. Undefined: nobody, if `stays` is set. */
  readonly moves?: Who;
  /** Whether a row has to stay in its tenant, and must not point to rows of another one. */
  readonly stays: boolean;
  /** Whether tenancy implies nothing here either: whatever succeeds is reported as a finding. */
  readonly isUnstated?: true;
}

/** Why somebody was refused. */
type Refusal = "privilege" | "policy" | "no rows" | "constraint" | "error";

export interface Outcome {
  readonly attempt: Attempt;
  readonly isReached: boolean;
  readonly refusal?: Refusal;
  readonly answer: Answer;
  /** Why the outcome is no evidence about access: nobody could have succeeded with these values. */
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

/** Who owns a row, from a person's point of view. */
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
