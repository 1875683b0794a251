import { z } from "zod";
import { argsObject } from "../../sql/written.ts";

/** An object that may be reached although no resource declares it. */
export const perimeterExceptionArgs = argsObject({
  /** The object, by its kind and name as the preview and `palisade reach --undeclared` name it: `table public.countries`. */
  object: z.string().min(1),
  /** Why that is meant. */
  because: z.string().trim().min(1),
});

export const perimeterArgs = argsObject({
  /**
   * The schemas whose tables, views, sequences and functions are looked at. Roles, memberships, default privileges, buckets, publications
   * and the platform's own tables always are. Default: every schema.
   */
  schemas: z.array(z.string().min(1)).min(1).optional(),
  /** What may be reached although no resource declares it, an object at a time. Default: nothing. */
  except: z.array(perimeterExceptionArgs).default([]),
  /**
   * What an update does about the rest. `report`: nothing, and the preview goes on to name it. `close`: it takes back the privileges,
   * attributes and memberships, switches row-level security on, and makes buckets private; what a migration opens is closed in the
   * migration's own transaction. Default: `report`.
   */
  enforce: z.enum(["report", "close"]).default("report"),
});
