import { z } from "zod";
import { argsObject } from "../../sql/written.ts";

export const functionAccessArgs = argsObject({
  /** The function, procedure or aggregate with the types of its arguments, such as `public.total(text, int)`. Changing it replaces the resource. */
  function: z.string(),
  /** The function's owner. A SECURITY DEFINER function runs with the owner's rights. Default: the role that deploys. */
  owner: z.string().optional(),
  /** The roles that may execute it, besides its owner. Everybody else, PUBLIC included, loses EXECUTE. Default: none. */
  execute: z.array(z.string()).default([]),
  /** Whether it runs with its owner's rights, instead of those of whoever calls it. Default: false. */
  securityDefiner: z.boolean().default(false),
  /** The schemas of its `search_path`, in their order; an empty list is the empty path. Default: whatever the function's definition sets. */
  searchPath: z.array(z.string()).optional(),
});
