import { listWords } from "../../values/list-words.ts";
import { tableCommands } from "../reach/extent.ts";
import { everyFile, type ReachFact } from "../reach/fact.ts";
import type { ReachedObject } from "../reach/finding.ts";

/** The rows and columns that a command reaches, after a colon: `every row (columns title)`. */
export function describeExtent(fact: ReachFact, bypasses: (role: string) => boolean): string {
  const { command, rows, as, role, columns, through, object } = fact;
  if (command === "execute") return as === undefined || as === role ? "with its caller's rights" : runsAs(as, bypasses);
  if (command === "subscribe")
    return `changes of ${describeRows(fact)}; of deleted rows the key, whatever the policies say`;
  if (through !== undefined) {
    const shown = through.map((reached) => `${reached.rows === "every" ? "every row" : "rows"} of ${reached.table}`);
    return `${shown.join(", ")}${as === undefined || as === role ? "" : ` with the rights of ${as}`}`;
  }
  if (rows !== undefined) return describeRows(fact);
  const detail = command === "own" ? ownDetail(object) : details[command];
  return detail ?? (columns === undefined ? "" : `columns ${columns.join(", ")}`);
}

function runsAs(owner: string, bypasses: (role: string) => boolean): string {
  return `with the rights of ${owner}${bypasses(owner) ? ", who bypasses row-level security" : ""}`;
}

function describeRows({ rows, columns, object }: ReachFact): string {
  const unit = object.kind === "bucket" || object.id === everyFile.id ? "file" : "row";
  const reached = rows === "every" ? `every ${unit}` : `the ${unit}s its policies let through`;
  return `${reached}${describeColumns(columns)}`;
}

/** Empty for the whole object. */
export function describeColumns(columns: readonly string[] | undefined): string {
  return columns === undefined || columns.length === 0 ? "" : ` (columns ${columns.join(", ")})`;
}

const details: Readonly<Record<string, string>> = {
  truncate: "every row, whatever the policies say",
  trigger: "its triggers run with the rights of whoever writes",
  references: "a foreign key tells which keys exist, whatever the policies say",
  maintain: "VACUUM, ANALYZE, REINDEX, and locks against everybody",
  create: "making objects in it, which can hide objects that others call",
  download: "every file by its URL, whatever the policies say",
  become: "acting as it, with all that it may do",
  bypass: "row-level security does not apply to it",
};

const ownDetails: Partial<Record<ReachedObject["kind"], string>> = {
  table: "altering and dropping the table, its policies and row-level security, granting on it",
  view: "replacing and dropping the view, granting on it",
  function: "replacing and dropping the function, granting on it",
  schema: "dropping the schema, granting on it",
  sequence: "altering and dropping the sequence, granting on it",
};

/** What an owner may do in addition to the commands listed. */
export function ownDetail({ kind }: ReachedObject): string {
  return ownDetails[kind] ?? `altering and dropping the ${kind}, granting on it`;
}

/** The command's name within a sentence. */
export function nameCommand(command: string): string {
  if (command === "own") return "an owner's rights";
  if (command === "bypass") return "BYPASSRLS";
  return command;
}

/** The object, after the command. Empty if the notes are about that object anyway. */
export function describePlace(object: ReachedObject, command: string, isSubject: boolean): string {
  const isOfTable = (tableCommands as readonly string[]).includes(command);
  if (command === "become") return ` ${object.id}`;
  if (command === "bypass") return "";
  if (object.kind === "bucket" && command !== "download") return ` on files of ${object.id}`;
  if (object.id === everyFile.id) return " on files of any bucket";
  if (isSubject) return "";
  if (object.kind === "view" && !isOfTable && command !== "own") return ` through the view ${object.id}`;
  if (object.kind === "default privileges") return ` on what is made from now on (${object.id})`;
  return ` on ${object.kind === "table" ? "" : `the ${object.kind} `}${object.id}`;
}

/** The access that USAGE on a schema opens or closes: `execute on 2 functions and select on 1 table`. */
export function describeContents(
  changes: readonly { readonly command: string; readonly object: ReachedObject }[],
): string {
  const counted = new Map<string, Map<string, Set<string>>>();
  for (const { command, object } of changes) {
    const kinds = counted.get(command) ?? new Map<string, Set<string>>();
    counted.set(command, kinds.set(object.kind, (kinds.get(object.kind) ?? new Set()).add(object.id)));
  }
  const parts = [...counted].map(([command, kinds]) => {
    const counts = [...kinds].map(([kind, ids]) => `${ids.size} ${kind}${ids.size === 1 ? "" : "s"}`);
    return `${command} on ${listWords(counts)}`;
  });
  return parts.length === 0 ? "naming what is in it" : `naming what is in it, and so ${listWords(parts)}`;
}
