import { z } from "zod";
import { argsObject } from "../../sql/written.ts";

export const defaultPrivilegesArgs = argsObject({
  /** The role whose future objects it is about. Changing it replaces the resource. Default: the role that deploys. */
  owner: z.string().optional(),
  /**
   * The schema of those objects. Changing it replaces the resource. Default: every schema. What is granted in one schema comes on top of
   * what is granted in every schema, and of what PostgreSQL grants everybody; only the entry for every schema can take that away.
   */
  schema: z.string().optional(),
  /** What kind of objects; `functions` are procedures too. Changing it replaces the resource. */
  objects: z.enum(["tables", "sequences", "functions", "types", "schemas"]),
  /**
   * Privileges by role, a list or `"all"`; `public` is everybody. Any other grant, except the owner's, is drift: the preview shows it, and the
   * update takes it away. Without `public: ["execute"]` everybody loses that privilege on functions to come, where the entry is for every
   * schema. Default: none.
   */
  grants: z
    .record(
      z.string(),
      z.union(
        [z.literal("all"), z.array(z.string())],
        'write "all", or a list of privileges such as ["select", "insert"]',
      ),
    )
    .default({}),
});
