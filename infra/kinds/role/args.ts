import { z } from "zod";
import { argsObject } from "../../sql/written.ts";

export const membershipArgs = argsObject({
  /** Whether the role has the other's rights without SET ROLE. From PostgreSQL 16 on. Default: as the role's own `inherit`. */
  inherit: z.boolean().optional(),
  /** Whether the role may become the other by SET ROLE. From PostgreSQL 16 on. Default: true. */
  set: z.boolean().default(true),
  /** Whether the role may make others members of it. Default: false. */
  admin: z.boolean().default(false),
});

/** A value for which PostgreSQL has a text; a list is for settings that are lists, such as `search_path`. */
const settingValue = z.union(
  [z.string(), z.number(), z.boolean(), z.array(z.string()).min(1)],
  'write a text, a number, true or false, or a list of texts: { statement_timeout: "3s", search_path: ["$user", "public"] }',
);

/**
 * What a role has that a program leaves out, as with CREATE ROLE. These are no defaults of the schema below, because a role that the platform
 * makes keeps what is left out.
 */
export const roleDefaults = {
  login: false,
  inherit: true,
  createDatabase: false,
  createRole: false,
  bypassRowLevelSecurity: false,
  replication: false,
  connectionLimit: -1,
  memberOf: {},
  settings: {},
};

export const roleArgs = argsObject({
  /** The role's name. Changing it replaces the role. Default: the resource's name. */
  name: z.string(),
  /** Whether it may connect. Its password is never declared: see the description. Default: false. */
  login: z.boolean().optional(),
  /** Whether it has the rights of the roles that it is a member of without SET ROLE. Default: true. */
  inherit: z.boolean().optional(),
  /** Whether it may create databases. Default: false. */
  createDatabase: z.boolean().optional(),
  /** Whether it may create roles, and change those that it administers. Default: false. */
  createRole: z.boolean().optional(),
  /** Whether it bypasses row-level security (BYPASSRLS). Default: false. */
  bypassRowLevelSecurity: z.boolean().optional(),
  /** Whether it may read every change of the server by replication. Default: false. */
  replication: z.boolean().optional(),
  /** How many connections it may have at a time; -1 sets no limit. Default: -1. */
  connectionLimit: z.number().int().min(-1).max(2_147_483_647).optional(),
  /** When its password ends, such as `2027-01-01`, which is the beginning of that day in UTC, or `2027-01-01T12:00:00+02:00`. Default: never. */
  validUntil: z.string().optional(),
  /**
   * The roles that it is a member of: a list, or by name with options. Any other membership is drift: the preview shows it, and the update
   * ends it. Default: none.
   */
  memberOf: z
    .union(
      [z.array(z.string()), z.record(z.string(), membershipArgs)],
      "write a list of roles, or roles by name with options: { authenticated: { set: false } }",
    )
    .optional(),
  /**
   * Settings of its sessions, such as `statement_timeout` and `search_path`. Any other setting of the role, in this database too, is drift:
   * the preview shows it, and the update resets it. Default: none.
   */
  settings: z.record(z.string(), settingValue).optional(),
});
