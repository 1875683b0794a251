import type * as pulumi from "@pulumi/pulumi";
import type { ArgsOf } from "../../program/args.ts";
import { DatabaseResource } from "../../program/database-resource.ts";
import type { perimeterArgs, perimeterExceptionArgs } from "./args.ts";

/**
 * An object that may be reached although no resource declares it.
 * @example
 * const countries: PerimeterExceptionArgs = { object: "table public.countries", because: "a list that everybody may read" };
 */
export interface PerimeterExceptionArgs extends ArgsOf<typeof perimeterExceptionArgs> {}

/**
 * The arguments of a `Perimeter`.
 * @example
 * const closed: PerimeterArgs = { schemas: ["public"], enforce: "close" };
 */
export interface PerimeterArgs extends ArgsOf<typeof perimeterArgs> {}

/**
 * Everything that a request to the API can reach: tables, views, functions, sequences, buckets, publications, and what
 * roles may do through attributes, memberships and default privileges. Access that no resource of the program declares
 * is drift. The preview lists it, the worst first, including access that a pending migration is about to open.
 *
 * With `enforce: "close"` an update closes it; if the deploying role may not, the update says who can. With `"report"`
 * it changes nothing, and `pulumi preview --expect-no-changes` fails as long as there is such access. Deleting the
 * resource changes nothing in the database.
 *
 * It comes after every other resource of the program. A program has at most one. Errors at preview: an exception
 * without a reason; two exceptions for one object; a second perimeter.
 *
 * @example
 * new Perimeter("api");
 * @example
 * new Perimeter("api", {
 *   enforce: "close",
 *   except: [{ object: "view public.plans", because: "the price list, which visitors see before they sign up" }],
 * });
 * @see https://supabase.com/docs/guides/api/securing-your-api
 */
export class Perimeter extends DatabaseResource {
  constructor(name: string, args: PerimeterArgs = {}, options?: pulumi.CustomResourceOptions) {
    super({
      kind: "Perimeter",
      name,
      args,
      options,
      describe: () => ({ makes: undefined, comesLast: true }),
    });
  }
}
