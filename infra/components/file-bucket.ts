import * as pulumi from "@pulumi/pulumi";
import { Bucket, type BucketArgs } from "../kinds/bucket/resource.ts";
import { Policy, type PolicyArgs } from "../kinds/policy/resource.ts";
import { defineTable } from "../prisma/reference.ts";
import { type SqlText, sql } from "../sql/tag.ts";
import { refuseUndefined } from "../sql/undefined-values.ts";
import { declareFileStays } from "./file-stays.ts";
import { parenthesised } from "./parenthesised.ts";

/**
 * `storage.objects`: one row for each file of every bucket.
 * @example
 * sql`${storageObjects.bucketId} = ${"avatars"} and ${storageObjects.ownerId} = (select auth.jwt() ->> 'sub')`;
 * @see https://supabase.com/docs/guides/storage/schema/design
 */
export const storageObjects = defineTable("storage", "objects", {
  id: "id",
  bucketId: "bucket_id",
  name: "name",
  owner: "owner",
  ownerId: "owner_id",
});

/**
 * The first folder of a file's path: `acme` in `acme/2026/plan.pdf`.
 * @example
 * sql`${firstFolder} = any (array(select ${currentOrganizationIds}()))`;
 * @see https://supabase.com/docs/guides/storage/schema/helper-functions
 */
export const firstFolder: SqlText = sql`(storage.foldername(${storageObjects.name}))[1]`;

/**
 * The arguments of a `FileBucket`: those of a `Bucket` except its name, and who may do what with the files.
 * @example
 * const shared: FileBucketArgs = { folder: "organizationId", readableBy: sql`${firstFolder} = any (array(select ${currentOrganizationIds}()))` };
 */
export interface FileBucketArgs extends Omit<BucketArgs, "name"> {
  /**
   * What the first folder of a file's path stands for, such as `organizationId`. The contract's path builder takes a parameter of this
   * name, and users can't move a file to another first folder. Default: a path may begin with anything.
   */
  readonly folder?: string;
  /** The files that a signed-in user may list and download. Default: none. Everybody can download a public bucket's files by URL. */
  readonly readableBy?: SqlText;
  /** The files that a signed-in user may upload, replace and rename. Default: none. */
  readonly writableBy?: SqlText;
  /** The files that a signed-in user may delete. Default: the same as `writableBy`. */
  readonly deletableBy?: SqlText;
}

/**
 * A bucket with the policies on its files: one `Bucket`, and up to five `Policy` resources on `storage.objects`, each limited to this
 * bucket. To find policies that somebody added by hand, list all your buckets in one `ExclusivePolicies`.
 *
 * The policies enforce more than the conditions that you give:
 * - Users can't move a file to another bucket, nor, with `folder`, to another first folder, even if another policy would allow it. They can
 *   copy it, and remove the original if they may delete it. The service role may move files. This does not apply to a bucket without
 *   `writableBy`: its files change only by policies declared elsewhere.
 * - A path contains no empty, `.` or `..` part, no backslash, no control character, and none of `%2e`, `%2f` and `%5c`. Browsers and
 *   proxies resolve these, so that the first folder would be another one. Any other `%` is allowed, as in `100% done.pdf`.
 * - In a bucket that keeps versions, marking a file as deleted requires the right to delete.
 * - A file's `owner` and `owner_id` are the user's, as the Storage API sets them, or remain unchanged. In a new file they may be null:
 *   the Storage API omits `owner` if the token's subject is no uuid, and `storage.can_insert_object()` omits `owner_id`.
 *
 * The first and the last need the row as it was, which a policy can't see. A function looks it up: `extensions.avatars_stays` for a bucket
 * `avatars`.
 *
 * Errors when the program runs: a condition whose parentheses, quotation marks or comments are not closed.
 *
 * @example
 * new FileBucket("avatars", {
 *   public: true, fileSizeLimit: "5MB", allowedMimeTypes: ["image/png"], folder: "userId",
 *   readableBy: sql`true`, writableBy: sql`${firstFolder} = (select ${currentUserId}())`,
 * });
 * @see https://supabase.com/docs/guides/storage/security/access-control
 */
export class FileBucket extends pulumi.ComponentResource {
  readonly bucket: Bucket;
  /** The policies on its files, to be listed in an `ExclusivePolicies`. */
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
    // A policy on a bucket that does not exist would apply to whatever bucket somebody creates later under its name.
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
      // Otherwise files could be moved in the moment between the two.
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
