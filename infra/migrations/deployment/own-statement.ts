import { quoteLiteral } from "../../sql/quote.ts";

/** What is said of a statement of ours that the script before it has kept from being executed. */
export const ownHint =
  "This is what records the migration, after its script, which must neither leave a role set (end it with RESET ROLE) nor make its transaction read only.";

/** A statement of ours after a script's, so that its failure is told from one of the script. */
export function ownStatement(sql: string): string {
  const quote = `$palisade_${crypto.randomUUID().replaceAll("-", "")}$`;
  return `do ${quote}begin ${sql}; exception when insufficient_privilege or read_only_sql_transaction then raise exception using errcode = sqlstate, message = sqlerrm, hint = ${quoteLiteral(ownHint)}; end${quote}`;
}
