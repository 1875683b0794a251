import * as pulumi from "@pulumi/pulumi";
import { defineTable } from "../prisma/reference.ts";
import { Bucket, type BucketArgs } from "../resources/bucket/resource.ts";
import { Policy } from "../resources/policy/resource.ts";
import { type SqlText, sql } from "../resources/sql/tag.ts";
import { parenthesised } from "./parenthesised.ts";

/** The rows of every bucket's files. @see https://supabase.com/docs/guides/storage/schema/design */
export const storageObjects = defineTable("storage", "objects", {
  bucketId: "bucket_id",
  name: "name",
  ownerId: "owner_id",
});

/** The first folder of a file's path, `acme` of `acme/2026/plan.pdf`. */
export const firstFolder: SqlText = sql`(storage.foldername(${storageObjects.name}))[1]`;

export interface FileBucketArgs extends Omit<BucketArgs, "name"> {
  /**
   * What the first folder of a file's path names, in the application's words, such as `organizationId`: the contract's path builder
   * asks for it by this name. Default: a path may begin with anything.
   */
  readonly folder?: string;
  /** Files that a signed-in user may see and download. Default: none; a public bucket's files can be downloaded by URL all the same. */
  readonly readableBy?: SqlText;
  /** Files that a signed-in user may upload, replace and move. Default: none. */
  readonly writableBy?: SqlText;
  /** Files that a signed-in user may delete. Default: as `writableBy`. */
  readonly deletableBy?: SqlText;
}

/**
 * A bucket with the policies on its files: a `Bucket`, and up to four `Policy` resources on `storage.objects`, each for this bucket alone.
 * An `ExclusivePolicies` that lists all buckets sees the policies that somebody adds beside them.
 *
 * @example
 * new FileBucket("avatars", {
 *   public: true, fileSizeLimit: "5MB", allowedMimeTypes: ["image/png"], folder: "userId",
 *   readableBy: sql`true`, writableBy: sql`${firstFolder} = (select ${currentUserId}())`,
 * });
 */
export class FileBucket extends pulumi.ComponentResource {
  readonly bucket: Bucket;
  /** The policies on its files, for the list of an `ExclusivePolicies`. */
  readonly policies: readonly Policy[];

  constructor(name: string, args: FileBucketArgs, options?: pulumi.ComponentResourceOptions) {
    const { folder, readableBy, writableBy, deletableBy = writableBy, ...bucket } = args;
    const inBucket = (property: string, condition: SqlText | undefined) =>
      condition &&
      sql`${storageObjects.bucketId} = ${name} and ${parenthesised(condition, `FileBucket ${name}: ${property}`)}`;
    const [readable, writable] = [inBucket("readableBy", readableBy), inBucket("writableBy", writableBy)];
    const deletable = deletableBy === writableBy ? writable : inBucket("deletableBy", deletableBy);
    super("palisade:components:FileBucket", name, { folder }, options);
    this.bucket = new Bucket(name, bucket, { parent: this });
    const conditions = {
      select: { using: readable },
      insert: { withCheck: writable },
      update: { using: writable, withCheck: writable },
      delete: { using: deletable },
    } as const;
    this.policies = Object.entries(conditions).flatMap(([command, clauses]) => {
      const given = Object.entries(clauses).flatMap(([clause, condition]) =>
        condition === undefined ? [] : [[clause, condition]],
      );
      if (given.length === 0) return [];
      const definition = {
        table: storageObjects,
        command: command as keyof typeof conditions,
        roles: ["authenticated"],
      };
      // A policy on a bucket that does not exist would let through whatever somebody makes under its name later.
      const options = { parent: this, dependsOn: this.bucket };
      return [new Policy(`${name}_${command}`, { ...definition, ...Object.fromEntries(given) }, options)];
    });
    this.registerOutputs({});
  }
}
