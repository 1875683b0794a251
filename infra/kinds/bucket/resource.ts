import type * as pulumi from "@pulumi/pulumi";
import { DatabaseResource, named } from "../../program/database-resource.ts";

export interface BucketArgs {
  /** 1 to 100 letters, digits and `_!.*'() &$=@;:+,?-`. Changing it makes another bucket. Default: the resource's name. */
  readonly name?: pulumi.Input<string>;
  /** Whether anybody may download by URL, past every policy. Default: false. */
  readonly public?: pulumi.Input<boolean>;
  /** Largest file: bytes, or a text such as `"50MB"` (decimal units). Default: the project's own limit. */
  readonly fileSizeLimit?: pulumi.Input<number | string>;
  /** MIME types that may be uploaded, `image/*` allowed. Default: any. */
  readonly allowedMimeTypes?: pulumi.Input<pulumi.Input<string>[]>;
  /** Whether images are served as AVIF to browsers that take it. Default: false. */
  readonly avifAutodetection?: pulumi.Input<boolean>;
}

/**
 * A storage bucket. Who may do what with its files is for policies on `storage.objects` to say.
 *
 * Deleting the resource deletes an empty bucket; one that holds files is an error, and nothing is deleted.
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
