import type * as pulumi from "@pulumi/pulumi";
import { DatabaseResource, named } from "../../program/database-resource.ts";

/** A privilege, or one that the role may hand on. */
type SchemaPrivilege = "usage" | "create" | "usage with grant option" | "create with grant option";

/**
 * The arguments of a `Schema`.
 * @example
 * const api: SchemaArgs = { grants: { anon: ["usage"], authenticated: ["usage"] } };
 */
export interface SchemaArgs {
  /** The schema's name. Changing it replaces the schema. Default: the resource's name. */
  readonly name?: pulumi.Input<string>;
  /** The schema's owner, who may do everything with it. Default: the role that deploys. */
  readonly owner?: pulumi.Input<string>;
  /** Privileges by role. Any other grant, except the owner's, is drift: the preview shows it, and the update revokes it. Default: none. */
  readonly grants?: { readonly [role: string]: readonly SchemaPrivilege[] };
}

/**
 * A schema, with the roles that may use it. Deleting the resource drops the schema if it is empty; otherwise it is an error.
 *
 * @example
 * new Schema("private"); // for helper functions; no role has USAGE on it
 * @see https://www.postgresql.org/docs/current/ddl-schemas.html
 */
export class Schema extends DatabaseResource {
  declare readonly name: pulumi.Output<string>;

  constructor(name: string, args: SchemaArgs = {}, options?: pulumi.CustomResourceOptions) {
    const properties = { ...args, name: args.name ?? name };
    super({
      kind: "Schema",
      name,
      properties,
      options,
      describe: (known) => ({ makes: named("schema", known(properties.name)) }),
    });
  }
}
