import { formatName } from "../../sql/names.ts";
import { parseQualified } from "../../sql/quote.ts";
import { splitSignature } from "../../sql/signature.ts";
import { listWords } from "../../values/list-words.ts";
import type { Unanswerable } from "./judge.ts";

/** What fails and why, for one policy and one missing privilege. `more` are the same for other roles and conditions. */
export function describeUnanswerable(first: Unanswerable, more: readonly Unanswerable[]): string {
  const all = [first, ...more];
  const names = [...new Set(all.map(({ role }) => (role === "public" ? "everybody" : formatName(role))))];
  const roles = list(names);
  const commands = list(all.flatMap((each) => each.commands));
  const { table, policy, missing } = first;
  const inside = missing.by === undefined ? "" : ` in ${missing.by}`;
  const subject = `the policy ${formatName(policy)} on ${table}`;
  const fails = `${missing.by === undefined ? "every" : "a"} ${commands} by ${roles} fails with`;
  if (missing.kind === "function") {
    const { name } = splitSignature(missing.object);
    return `${subject} calls ${missing.object}${inside}, which ${roles} may not execute: ${fails} "permission denied for function ${name}". Let ${roles} execute it`;
  }
  if (missing.kind === "schema") {
    const schema = formatName(missing.object);
    return `${subject} leads to ${missing.by}, whose body names something in the schema ${schema}, on which ${roles} ${names.length > 1 ? "have" : "has"} no usage privilege: ${fails} "permission denied for schema ${missing.object}". Grant usage on it to ${roles}, or write the body as "begin atomic" or "return", whose names are found when it is made`;
  }
  const { name } = parseQualified(missing.object);
  const columns = missing.columns.map((column) => `${missing.object}.${formatName(column)}`);
  const read = columns.length === 0 ? missing.object : list(columns);
  return `${subject} reads ${read}${inside}, on which ${roles} ${names.length > 1 ? "have" : "has"} no select privilege: ${fails} "permission denied for ${missing.isView ? "view" : "table"} ${name}". Grant select on it to ${roles}, or read it in a function that is SECURITY DEFINER and call that instead`;
}

function list(names: readonly string[]): string {
  return listWords([...new Set(names)]);
}
