import { z } from "zod";
import { argsObject, columnText, functionText, sqlText, tableText } from "../../sql/written.ts";

export const triggerArgs = argsObject({
  /** The table or view, such as `"auth.users"`. Changing it replaces the trigger. */
  table: tableText(),
  /** The trigger's name. Triggers of one event fire in the order of their names. Changing it replaces the trigger. Default: the resource's name. */
  name: z.string(),
  /** When it fires; `instead of` is for views. */
  timing: z.enum(["before", "after", "instead of"]),
  /** What it fires on; several are one trigger. */
  events: z.array(z.enum(["insert", "update", "delete", "truncate"])),
  /** The columns whose assignment it fires on, where it fires on an update. Default: any. */
  updateOf: z.array(columnText()).optional(),
  /** Whether it fires once for each row, or once for the statement. Default: `row`. */
  forEach: z.enum(["row", "statement"]).default("row"),
  /** A condition on `old` and `new` without which it does not fire. Default: none. */
  when: sqlText().optional(),
  /** The trigger function, such as `public.handle_new_user()`, or a function resource's `signature`. */
  function: functionText(),
  /** Texts that the function finds in TG_ARGV. Default: none. */
  arguments: z.array(z.string()).default([]),
  /**
   * Whether it fires: `origin`, unless changes are replicated; `replica`, only then; `always`, in both; or `disabled`. On a table of the
   * platform's only `origin`. Default: `origin`.
   */
  enabled: z.enum(["origin", "replica", "always", "disabled"]).default("origin"),
  /** Whether it is a constraint trigger, which can fire at the end of the transaction. Default: false. */
  constraint: z.boolean().default(false),
  /** When a constraint trigger fires. Default: `not deferrable`, at the end of the statement. */
  deferrable: z.enum(["not deferrable", "initially immediate", "initially deferred"]).default("not deferrable"),
  /** The name by which the function reads the changed rows as they were. Default: none. */
  oldTable: z.string().optional(),
  /** The name by which the function reads the changed rows as they are. Default: none. */
  newTable: z.string().optional(),
});
