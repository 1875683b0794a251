import * as pulumi from "@pulumi/pulumi";
import { Bucket, type BucketArgs } from "../kinds/bucket/resource.ts";
import { Policy, type PolicyArgs } from "../kinds/policy/resource.ts";
import { defineTable } from "../prisma/reference.ts";
import { type SqlText, sql } from "../sql/tag.ts";
import { refuseUndefined } from "../sql/undefined-values.ts";
import { declareFileStays } from "./file-stays.ts";
import { parenthesised } from "./parenthesised.ts";

/** The rows of every bucket's files. @see https://supabase.com/docs/guides/storage/schema/design */
export const storageObjects = defineTable("storage", "objects", {
  id: "id",
  bucketId: "bucket_id",
  name: "name",
  owner: "owner",
  ownerId: "owner_id",
});

/** The first folder of a file's path, `acme` of `acme/2026/plan.pdf`. */
export const firstFolder: SqlText = sql`(storage.foldername(${storageObjects.name}))[1]`;

export interface FileBucketArgs extends Omit<BucketArgs, "name"> {
  /**
   * What the first folder of a file's path names, in the application's words, such as `organizationId`: the contract's path builder
   * asks for it by this name, and a file stays in that folder. Default: a path may begin with anything.
   */
  readonly folder?: string;
  /** Files that a signed-in user may see and download. Default: none; a public bucket's files can be downloaded by URL all the same. */
  readonly readableBy?: SqlText;
  /** Files that a signed-in user may upload, replace and rename. Default: none. */
  readonly writableBy?: SqlText;
  /** Files that a signed-in user may delete. Default: as `writableBy`. */
  readonly deletableBy?: SqlText;
}

/**
 * A bucket with the policies on its files: a `Bucket`, and up to five `Policy` resources on `storage.objects`, each for this bucket alone.
 * An `ExclusivePolicies` that lists all buckets sees the policies that somebody adds beside them.
 *
 * What users write, beyond what `writableBy` says:
 * - A file stays in its bucket, and in its first folder where `folder` is given, whatever other policies would let them do. To take it
 *   elsewhere, they copy it; removing the original takes the right to delete. The service role moves files as it likes. A bucket without
 *   `writableBy` has no policy that says so: there users change files only by policies of others, and those decide where the files go.
 * - A path has no empty, `.` or `..` part, no backslash and no control character, and none of `%2e`, `%2f` and `%5c`: browsers and proxies
 *   resolve those, and the first folder would then be another one. Any other `%` may stand in it, as in `100% done.pdf`.
 * - Where a bucket keeps versions, marking a file as deleted takes the right to delete, as deleting it does.
 * - A file's `owner` and `owner_id` are the user's own, as the Storage API sets them, or stay what they were. They may be null in a new file:
 *   the Storage API leaves out `owner` where the token's subject is no uuid, and `storage.can_insert_object()` leaves out `owner_id`.
 *
 * For the first, and for files that stay a colleague's, the bucket has a function: `extensions.avatars_stays`, for a bucket `avatars`.
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
    refuseUndefined(`FileBucket ${name}`, args);
    const { folder, readableBy, writableBy, deletableBy = writableBy, ...bucket } = args;
    const inBucket = (property: string, condition: SqlText | undefined) =>
      condition &&
      sql`${storageObjects.bucketId} = ${name} and ${parenthesised(condition, `FileBucket ${name}: ${property}`)}`;
    const [readable, writable] = [inBucket("readableBy", readableBy), inBucket("writableBy", writableBy)];
    const deletable = deletableBy === writableBy ? writable : inBucket("deletableBy", deletableBy);
    const mark = deletable === writable ? undefined : sql`(not ${isDeleteMarker} or ${deletable ?? sql`false`})`;
    const placed = writable && sql`${writable} and ${hasPlainPath}`;
    const written = placed && mark ? sql`${placed} and ${mark}` : placed;
    super("palisade:components:FileBucket", name, { folder }, options);
    this.bucket = new Bucket(name, bucket, { parent: this });
    const conditions = {
      select: { using: readable },
      insert: { withCheck: written && sql`${written} and ${isOwn}` },
      update: { using: writable, withCheck: written },
      delete: { using: deletable },
    } as const;
    // A policy on a bucket that does not exist would let through whatever somebody makes under its name later.
    const own = { parent: this, dependsOn: this.bucket };
    const stays = writable && this.#declareStays(name, folder !== undefined);
    const policies = Object.entries(conditions).flatMap(([command, clauses]) => {
      const given = Object.entries(clauses).flatMap(([clause, condition]) =>
        condition === undefined ? [] : [[clause, condition]],
      );
      if (given.length === 0) return [];
      const definition = {
        table: storageObjects,
        command: command as keyof typeof conditions,
        roles: ["authenticated"],
      };
      // No moment in which files could be moved.
      const after = command === "update" && stays ? { ...own, dependsOn: [this.bucket, stays] } : own;
      return [new Policy(`${name}_${command}`, { ...definition, ...Object.fromEntries(given) }, after)];
    });
    this.policies = stays ? [...policies, stays] : policies;
    this.registerOutputs({});
  }

  #declareStays(name: string, inFolder: boolean): Policy {
    const stays = declareFileStays(name, inFolder, this);
    const { $table: table, id, bucketId, name: path, owner, ownerId } = storageObjects;
    const definition: PolicyArgs = {
      table,
      command: "update",
      as: "restrictive",
      roles: ["anon", "authenticated"],
      using: sql`true`,
      withCheck: sql`${stays}(${id}, ${bucketId}, ${path}, ${owner}, ${ownerId})`,
    };
    return new Policy(`${name}_stays`, definition, { parent: this, dependsOn: this.bucket });
  }
}

const hasPlainPath = sql`${storageObjects.name} !~* '(^|/)\.{0,2}(/|$)|[\\[:cntrl:]]|%(2e|2f|5c)'`;

/**
 * Where a bucket keeps versions, the Storage API deletes a file by writing a row that says so. Read by its name, because older projects
 * have no such column.
 */
const isDeleteMarker = sql`coalesce((to_jsonb(objects.*) ->> 'is_delete_marker')::boolean, false)`;

/** The Storage API writes the token's subject, and into the older column as well where it is a uuid; nobody where there is none. */
const isOwn = sql`
  (${storageObjects.ownerId} is null or ${storageObjects.ownerId} = (select auth.jwt() ->> 'sub'))
  and (${storageObjects.owner} is null or ${storageObjects.owner}::text = (select lower(auth.jwt() ->> 'sub')))`;
