import type * as pulumi from "@pulumi/pulumi";
import { DatabaseResource, named } from "../../program/database-resource.ts";

/**
 * The arguments of a `Bucket`.
 * @example
 * const images: BucketArgs = { public: true, fileSizeLimit: "5MB", allowedMimeTypes: ["image/png", "image/webp"] };
 */
export interface BucketArgs {
  /** The bucket's name: 1 to 100 letters, digits and `_!.*'() &$=@;:+,?-`. Changing it replaces the bucket. Default: the resource's name. */
  readonly name?: pulumi.Input<string>;
  /** Whether anybody may download its files by URL, whatever the policies say. Default: false. */
  readonly public?: pulumi.Input<boolean>;
  /** The largest file that can be uploaded: a number of bytes, or a text such as `"50MB"` (decimal units). Default: the project's limit. */
  readonly fileSizeLimit?: pulumi.Input<number | string>;
  /** The MIME types that can be uploaded; `image/*` stands for every image. Default: any. */
  readonly allowedMimeTypes?: pulumi.Input<pulumi.Input<string>[]>;
  /** Whether images are served as AVIF to browsers that accept it. Default: false. */
  readonly avifAutodetection?: pulumi.Input<boolean>;
}

/**
 * A storage bucket. Policies on `storage.objects` decide who may do what with its files; `FileBucket` declares both together.
 *
 * Deleting the resource deletes the bucket if it is empty. A bucket with files in it is an error, and nothing is deleted.
 *
 * @example
 * new Bucket("avatars", { public: true, fileSizeLimit: "5MB", allowedMimeTypes: ["image/*"] });
 * @see https://supabase.com/docs/guides/storage/buckets/fundamentals
 */
export class Bucket extends DatabaseResource {
  declare readonly name: pulumi.Output<string>;

  constructor(name: string, args: BucketArgs = {}, options?: pulumi.CustomResourceOptions) {
    const properties = { ...args, name: args.name ?? name };
    super({
      kind: "Bucket",
      name,
      properties,
      options,
      describe: (known) => ({ makes: named("bucket", known(properties.name)) }),
    });
  }
}
