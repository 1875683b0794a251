import type * as pulumi from "@pulumi/pulumi";
import type { ArgsOf } from "../../program/args.ts";
import { DatabaseResource, named } from "../../program/database-resource.ts";
import { quoteIdentifier } from "../../sql/quote.ts";
import type { extensionArgs } from "./args.ts";

/**
 * The arguments of an `Extension`.
 * @example
 * const args: ExtensionArgs = { schema: "extensions", version: "1.6" };
 */
export interface ExtensionArgs extends ArgsOf<typeof extensionArgs, "name"> {}

/**
 * A PostgreSQL extension, with its schema and version. An extension or version that the server does not offer is an
 * error at preview, which lists what it offers.
 *
 * Deleting the resource drops the extension, but never its dependents: if there are any, that is an error, which names
 * them. An extension from before the stack, such as the platform's own, stays. Migrations that do not
 * create it come after it; declare `dependsOn` for a policy or function that uses it.
 *
 * @example
 * const trigrams = new Extension("pg_trgm");
 * @example
 * new Extension("vector", { version: "0.8.0" });
 * @see https://www.postgresql.org/docs/current/sql-createextension.html
 */
export class Extension extends DatabaseResource {
  declare readonly name: pulumi.Output<string>;

  constructor(name: string, args: ExtensionArgs = {}, options?: pulumi.CustomResourceOptions) {
    super({
      kind: "Extension",
      name,
      args: { ...args, name: args.name ?? name },
      options,
      describe: (known) => {
        const schema = known(args.schema);
        return { makes: named("extension", known(args.name ?? name)), needed: [schema && quoteIdentifier(schema)] };
      },
    });
  }
}
