import * as pulumi from "@pulumi/pulumi";

export interface MigrationsArgs {
  /** The folder of migrations, from the project's folder. Default: `prisma/migrations`. */
  readonly directory?: pulumi.Input<string>;
}

/**
 * The Prisma migrations of one folder. A preview names the pending ones; an update applies them as `prisma migrate deploy` does.
 * Deleting the resource changes nothing in the database.
 *
 * Errors, at preview: a migration that failed, was edited after it was applied, or is applied and missing from the folder, each with
 * the way out.
 *
 * @example
 * const migrations = new Migrations("migrations");
 * @see https://www.prisma.io/docs/orm/prisma-migrate
 */
export class Migrations extends pulumi.CustomResource {
  /** Each migration with its checksum. */
  declare readonly migrations: pulumi.Output<Readonly<Record<string, string>>>;

  constructor(name: string, args: MigrationsArgs = {}, options?: pulumi.CustomResourceOptions) {
    super("palisade:index:Migrations", name, { ...args, migrations: undefined }, options);
  }
}
