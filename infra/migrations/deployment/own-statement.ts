import { quoteLiteral } from "../../sql/quote.ts";

/** The hint for a statement of ours that the preceding script prevented from running. */
export const ownHint =
  "This is what records the migration, after its script, which must neither leave a role set (end it with RESET ROLE) nor make its transaction read only.";

/** Marks a statement of ours that follows a script, so that its failure can be told apart from one of the script's. */
export function ownStatement(sql: string): string {
  const quote = `$palisade_${crypto.randomUUID().replaceAll("-", "")}$`;
  return `do ${quote}begin ${sql}; exception when insufficient_privilege or read_only_sql_transaction then raise exception using errcode = sqlstate, message = sqlerrm, hint = ${quoteLiteral(ownHint)}; end${quote}`;
}
