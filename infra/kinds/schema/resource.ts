import type * as pulumi from "@pulumi/pulumi";
import { DatabaseResource, named } from "../../program/database-resource.ts";

/** A privilege, or one that the role may hand on. */
type SchemaPrivilege = "usage" | "create" | "usage with grant option" | "create with grant option";

export interface SchemaArgs {
  /** Default: the resource's name. Changing it makes another schema. */
  readonly name?: pulumi.Input<string>;
  /** The schema's owner, who may do everything with it. Default: the role that deploys. */
  readonly owner?: pulumi.Input<string>;
  /** Privileges by role; any other grant, except the owner's, is drift, is shown, and is revoked. Default: none. */
  readonly grants?: { readonly [role: string]: readonly SchemaPrivilege[] };
}

/**
 * A schema with who may use it. Deleting the resource drops an empty schema; one that holds anything is an error.
 *
 * @example
 * new Schema("private"); // for helper functions: not exposed by the API, used by nobody directly
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
