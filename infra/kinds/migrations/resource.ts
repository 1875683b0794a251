import type * as pulumi from "@pulumi/pulumi";
import { DatabaseResource } from "../../program/database-resource.ts";
import { readScripts } from "../../program/program.ts";

/**
 * The arguments of a `Migrations`.
 * @example
 * const elsewhere: MigrationsArgs = { directory: "packages/database/prisma/migrations" };
 */
export interface MigrationsArgs {
  /** The folder of migrations, relative to the project's folder. Default: what `palisade: {migrations: …}` in Pulumi.yaml says, or else `prisma/migrations`. */
  readonly directory?: pulumi.Input<string>;
  /**
   * A command that applies the pending migrations, such as `["npx", "prisma", "migrate", "deploy"]`. It runs in the project's folder,
   * without a shell. It finds the connection string in its environment, as DATABASE_URL, as DIRECT_URL and as the variable that
   * `palisade:connection` names. Its output is shown line by line, with the connection string removed.
   * Default: Prisma's schema engine, inside the provider, which needs no download.
   */
  readonly command?: pulumi.Input<pulumi.Input<string>[]>;
}

/**
 * A folder of Prisma migrations. A preview names the pending ones; an update applies them as `prisma migrate deploy` does.
 * Deleting the resource changes nothing in the database.
 *
 * Errors at preview, each with what to do: a migration that failed, that was edited after it was applied, or that is applied but missing
 * from the folder; a folder without Prisma migrations.
 *
 * @example
 * const migrations = new Migrations("migrations");
 * @example
 * const migrations = new Migrations("migrations", { command: ["npx", "prisma", "migrate", "deploy"] });
 * @see https://www.prisma.io/docs/orm/prisma-migrate
 */
export class Migrations extends DatabaseResource {
  /** Each migration with its checksum. */
  declare readonly migrations: pulumi.Output<Readonly<Record<string, string>>>;

  constructor(name: string, args: MigrationsArgs = {}, options?: pulumi.CustomResourceOptions) {
    super({
      kind: "Migrations",
      name,
      properties: { ...args, migrations: undefined },
      options,
      describe: (known) => ({
        makes: { kind: "migrations", script: readScripts(known(args.directory)) },
      }),
    });
  }
}
