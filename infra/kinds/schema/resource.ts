import type * as pulumi from "@pulumi/pulumi";
import type { ArgsOf } from "../../program/args.ts";
import { DatabaseResource, named } from "../../program/database-resource.ts";
import type { schemaArgs } from "./args.ts";

/**
 * The arguments of a `Schema`.
 * @example
 * const api: SchemaArgs = { grants: { anon: ["usage"], authenticated: ["usage"] } };
 */
export interface SchemaArgs extends ArgsOf<typeof schemaArgs, "name"> {}

/**
 * A schema, with the roles that may use it. Deleting the resource drops the schema if the stack created it and it is empty. Otherwise the
 * schema stays, its declared grants are revoked, and the update says why.
 *
 * Errors at preview: one of the platform's schemas, or a name that PostgreSQL reserves; an owner that the deploying role may not act as; a
 * role that does not exist; a schema that another resource declares.
 *
 * @example
 * new Schema("private"); // for helper functions; no role has USAGE on it
 * @see https://www.postgresql.org/docs/current/ddl-schemas.html
 */
export class Schema extends DatabaseResource {
  declare readonly name: pulumi.Output<string>;

  constructor(name: string, args: SchemaArgs = {}, options?: pulumi.CustomResourceOptions) {
    const given = { ...args, name: args.name ?? name };
    super({
      kind: "Schema",
      name,
      args: given,
      options,
      describe: (known) => ({ makes: named("schema", known(given.name)) }),
    });
  }
}
