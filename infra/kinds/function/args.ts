import { z } from "zod";
import { argsObject } from "../../sql/written.ts";

export const functionArgs = argsObject({
  /** One CREATE FUNCTION or CREATE PROCEDURE statement, as psql accepts it. The name includes the schema. */
  definition: z.string(),
  /** The function's owner. A SECURITY DEFINER function runs with the owner's rights. Default: the role that deploys. */
  owner: z.string().optional(),
  /** The roles that may execute it, besides its owner. Everybody else, PUBLIC included, loses EXECUTE. Default: none. */
  execute: z.array(z.string()).default([]),
});
