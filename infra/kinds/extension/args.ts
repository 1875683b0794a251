import { z } from "zod";
import { argsObject } from "../../sql/written.ts";

export const extensionArgs = argsObject({
  /** The extension's name, such as `pg_trgm`. Changing it replaces the extension. Default: the resource's name. */
  name: z.string(),
  /** The schema of what the extension makes. Default: `extensions`, where a hosted project has them. */
  schema: z.string().default("extensions"),
  /** The version. Default: the server's own default when the extension is made, and whatever version is there after that. */
  version: z.string().optional(),
});
