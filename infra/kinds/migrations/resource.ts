import type * as pulumi from "@pulumi/pulumi";
import { readScripts } from "../../migrations/scripts/read-scripts.ts";
import type { ArgsOf } from "../../program/args.ts";
import { DatabaseResource } from "../../program/database-resource.ts";
import type { migrationsArgs } from "./args.ts";

/**
 * The arguments of a `Migrations`.
 * @example
 * const elsewhere: MigrationsArgs = { directory: "packages/database/prisma/migrations" };
 */
export interface MigrationsArgs extends ArgsOf<typeof migrationsArgs> {}

/**
 * A folder of migrations: Prisma's, the Supabase CLI's, or plain scripts. A preview names the pending ones; an update applies them, and records
 * them as their own tool does, so that `prisma migrate deploy` or `supabase db push` finds nothing to do afterwards.
 * Deleting the resource changes nothing in the database.
 *
 * Errors at preview, each with what to do: a migration that failed, that was edited after it was applied, or that is applied but missing
 * from the folder; a folder without migrations, or with those of two tools.
 *
 * Warnings at preview: a statement that contradicts what the program declares, which the update takes back in the migration's own
 * transaction; with `apply: false`, the pending migrations.
 *
 * @example
 * const migrations = new Migrations("migrations");
 * @example
 * const migrations = new Migrations("migrations", { command: ["npx", "prisma", "migrate", "deploy"] });
 * @example
 * const migrations = new Migrations("migrations", { directory: "supabase/migrations" });
 * @see https://www.prisma.io/docs/orm/prisma-migrate
 * @see https://supabase.com/docs/guides/deployment/database-migrations
 */
export class Migrations extends DatabaseResource {
  /** Each migration with its checksum. */
  declare readonly migrations: pulumi.Output<Readonly<Record<string, string>>>;

  constructor(name: string, args: MigrationsArgs = {}, options?: pulumi.CustomResourceOptions) {
    super({
      kind: "Migrations",
      name,
      args: { ...args, migrations: undefined },
      options,
      describe: (known) => ({
        makes: { identity: ["migrations"], script: readScripts(known(args.directory), known(args.format)) },
      }),
    });
  }
}
