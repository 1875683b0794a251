import { z } from "zod";
import { argsObject } from "../../sql/written.ts";

export const schemaArgs = argsObject({
  /** The schema's name. Changing it replaces the schema. Default: the resource's name. */
  name: z.string(),
  /** The schema's owner, who may do everything with it. Default: the role that deploys; for `public`, `pg_database_owner`. */
  owner: z.string().optional(),
  /** Privileges by role. Any other grant, except the owner's, is drift: the preview shows it, and the update revokes it. Default: none. */
  grants: z
    .record(z.string(), z.array(z.enum(["create", "usage", "create with grant option", "usage with grant option"])))
    .default({}),
});
