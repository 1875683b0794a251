import type * as pulumi from "@pulumi/pulumi";
import { DatabaseResource } from "../../program/database-resource.ts";
import { readScripts } from "../../program/program.ts";

export interface MigrationsArgs {
  /** The folder of migrations, from the project's folder. Default: `prisma/migrations`. */
  readonly directory?: pulumi.Input<string>;
  /**
   * A command of your own that applies the pending migrations, such as `["npx", "prisma", "migrate", "deploy"]`. It runs in the
   * project's folder, and no shell reads it. The database's address is in its environment alone, as DATABASE_URL, as DIRECT_URL and
   * under the name that the stack's configuration gives it; what it prints is shown line by line, without the address.
   * Default: Prisma's own engine, inside the provider, which needs no download.
   */
  readonly command?: pulumi.Input<pulumi.Input<string>[]>;
}

/**
 * The Prisma migrations of one folder. A preview names the pending ones; an update applies them as `prisma migrate deploy` does.
 * Deleting the resource changes nothing in the database.
 *
 * Errors, at preview, each with the way out: a migration that failed, was edited after it was applied, or is applied and missing from
 * the folder; a folder that holds no migrations of Prisma's.
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
        makes: { kind: "migrations", script: readScripts(known(args.directory) ?? "prisma/migrations") },
      }),
    });
  }
}
