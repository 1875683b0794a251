import type * as pulumi from "@pulumi/pulumi";
import type { ArgsOf } from "../../program/args.ts";
import { DatabaseResource, named } from "../../program/database-resource.ts";
import type { bucketArgs } from "./args.ts";

/**
 * The arguments of a `Bucket`.
 * @example
 * const images: BucketArgs = { public: true, fileSizeLimit: "5MB", allowedMimeTypes: ["image/png", "image/webp"] };
 */
export interface BucketArgs extends ArgsOf<typeof bucketArgs, "name"> {}

/**
 * A storage bucket. Policies on `storage.objects` decide who may do what with its files; `FileBucket` declares both together.
 *
 * Deleting the resource deletes the bucket if it is empty. A bucket with files in it is an error, and nothing is deleted.
 *
 * Errors at preview: a name, size or MIME type that Storage does not take; a bucket that another resource declares; another name for a
 * bucket with files in it.
 *
 * @example
 * new Bucket("avatars", { public: true, fileSizeLimit: "5MB", allowedMimeTypes: ["image/*"] });
 * @see https://supabase.com/docs/guides/storage/buckets/fundamentals
 */
export class Bucket extends DatabaseResource {
  declare readonly name: pulumi.Output<string>;

  constructor(name: string, args: BucketArgs = {}, options?: pulumi.CustomResourceOptions) {
    const given = { ...args, name: args.name ?? name };
    super({
      kind: "Bucket",
      name,
      args: given,
      options,
      describe: (known) => ({ makes: named("bucket", known(given.name)) }),
    });
  }
}
