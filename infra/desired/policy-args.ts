import { z } from "zod";
import { argsObject, sqlText } from "../sql/written.ts";

/**
 * One row-level security policy.
 * @see https://www.postgresql.org/docs/current/sql-createpolicy.html
 */
export const policyDefinitionArgs = argsObject({
  /** The command that it applies to. Default: `all`. */
  command: z.enum(["all", "select", "insert", "update", "delete"]).default("all"),
  /** The roles that it applies to; `public` is everybody. Default: `["public"]`. */
  roles: z.array(z.string()).min(1).default(["public"]),
  /** A row needs one `permissive` policy that allows it, and every `restrictive` policy must allow it. Default: `permissive`. */
  as: z.enum(["permissive", "restrictive"]).default("permissive"),
  /** The condition on existing rows: those that the command may see or change. Not for `insert`. */
  using: sqlText().optional(),
  /** The condition on new rows: those that may be written. Not for `select` and `delete`. Default: the same as `using`. */
  withCheck: sqlText().optional(),
  /** What people should know about it, kept as the policy's comment. Default: a comment that is there stays, and is no difference. */
  comment: z.string().min(1).optional(),
});
