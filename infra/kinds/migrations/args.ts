import { z } from "zod";
import { formatNames } from "../../migrations/formats/format.ts";
import { argsObject } from "../../sql/written.ts";

export const migrationsArgs = argsObject({
  /** The folder of migrations, relative to the project's folder. Default: what `palisade: {migrations: …}` in Pulumi.yaml says, or else `prisma/migrations`; `supabase/migrations` with `format: "supabase"`. */
  directory: z.string().optional(),
  /**
   * Whose migrations they are: `prisma`, `supabase` (the Supabase CLI's, `<timestamp>_<name>.sql`) or `plain` (files named `<name>.sql`).
   * Default: what the folder is recognised as.
   */
  format: z.enum(formatNames).optional(),
  /**
   * A command that applies the pending migrations, such as `["npx", "prisma", "migrate", "deploy"]`. It runs in the project's folder,
   * without a shell. It finds the connection string in its environment, as DATABASE_URL, as DIRECT_URL and as the variable that
   * `palisade:connection` names. Its output is shown line by line, with the connection string removed.
   * Default: the provider applies them itself, which needs no download.
   */
  command: z
    .array(z.string())
    .min(1, "name the program, then its arguments, such as npx, prisma, migrate, deploy")
    .optional(),
  /**
   * `false`: somebody else applies the migrations, such as a pipeline of yours. A preview names those that are pending. An update applies none;
   * it waits until they are applied, for as long as the resource's `customTimeouts` allow, or else 10 minutes, and then fails. Resources that do not
   * depend on the migrations are updated meanwhile. Default: true.
   */
  apply: z.boolean().default(true),
});
