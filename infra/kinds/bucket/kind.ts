import { withBucket } from "../../access/reach/overlay.ts";
import { select } from "../../catalog/part.ts";
import { probeRelation } from "../../catalog/probes/relation.ts";
import type { Session } from "../../database/database.ts";
import { nameIdOf } from "../../lifecycle/import-id.ts";
import type { Kind } from "../../lifecycle/kind.ts";
import { quoteLiteral } from "../../sql/quote.ts";
import { parseFileSize } from "../../values/file-size.ts";
import type { Properties } from "../../values/properties.ts";
import { adoptable } from "./adopt.ts";
import { bucketArgs } from "./args.ts";
import { type BucketRow, buckets } from "./catalog.ts";
import { bucketContradictions } from "./contradictions.ts";

export type Bucket = Properties & {
  readonly name: string;
  readonly public: boolean;
  readonly fileSizeLimit?: number;
  readonly allowedMimeTypes?: readonly string[];
  readonly avifAutodetection: boolean;
  /** Live only: a name that differs from the id, and the type of a bucket that is not for files. */
  readonly shownAs?: string;
  readonly type?: string;
};

export const bucket: Kind<Bucket, typeof bucketArgs> = {
  name: "Bucket",
  description: "A storage bucket: a row of storage.buckets.",
  input: bucketArgs,
  replaceOn: ["name"],
  isNamedAfterResource: true,
  liveOnly: ["shownAs", "type"],

  async normalise({ name, public: isPublic, fileSizeLimit, allowedMimeTypes, avifAutodetection }) {
    const size = fileSizeLimit === undefined ? undefined : parseFileSize(fileSizeLimit);
    if (size instanceof Error) return [{ path: ["fileSizeLimit"], message: size.message }];
    return {
      name,
      public: isPublic,
      ...(size === undefined ? {} : { fileSizeLimit: size }),
      ...(allowedMimeTypes === undefined ? {} : { allowedMimeTypes: [...new Set(allowedMimeTypes)].sort() }),
      avifAutodetection,
    };
  },

  identify: (args) => args.name,
  adoptable,
  importId: (id, catalog) => nameIdOf(id, catalog.of(buckets).keys(), "the bucket"),
  answersFor: ({ name }) => [{ kind: "bucket", id: name }],
  claims: ({ name }) => [{ on: `bucket ${name}`, description: `the bucket ${name}` }],
  reachAfter: (reachable, { name, public: isPublic }, becomes) =>
    withBucket(reachable, name, becomes === "removed" ? undefined : { id: name, public: isPublic }),
  texts: () => [],
  probes: () => [probeRelation([], { schema: "storage", name: "buckets" }, "r")],
  contradictions: (effects, { id, inputs }) => bucketContradictions(effects, id, inputs),
  reads: [buckets],
  scope: (id) => [select(buckets, [id])],
  find(catalog, id) {
    const row = catalog.of(buckets).get(id);
    return row === undefined ? undefined : bucketOf(row);
  },

  async obstacles({ name }, { session }) {
    const files = await countFiles(name, session);
    return files === undefined
      ? []
      : [
          `it holds ${files}, which would stay under the old name. Declare the new bucket by another resource beside it, move the files over the Storage API, and take this one out of the program then`,
        ];
  },

  plan(live, desired) {
    const id = quoteLiteral(desired.name);
    if (live === undefined) {
      const columns = Object.entries({ id, name: id, ...columnsOf(desired) });
      return [
        `insert into storage.buckets (${columns.map(([column]) => column).join(", ")}) values (${columns.map(([, value]) => value).join(", ")})`,
      ];
    }
    const before = columnsOf(live);
    const changed = Object.entries(columnsOf(desired)).filter(([column, value]) => before[column] !== value);
    if (live.shownAs !== undefined) changed.push(["name", id]);
    if (live.type !== undefined) changed.push(["type", "'STANDARD'"]);
    const assignments = [...changed, ["updated_at", "now()"]].map(([column, value]) => `${column} = ${value}`);
    return changed.length === 0 ? [] : [`update storage.buckets set ${assignments.join(", ")} where id = ${id}`];
  },

  async retain({ name }, { session, isReplaced }) {
    const files = isReplaced ? await countFiles(name, session) : undefined;
    return files === undefined
      ? undefined
      : {
          severity: "warning",
          reason: `it holds ${files}. Move or delete what it holds over the Storage API, then delete the bucket there (DELETE /bucket/${name})`,
          statements: [],
        };
  },

  /**
   * The platform protects rows of storage against deletion, so that no file loses its row. An empty bucket has no
   * files, so the protection's own setting is used to allow this one statement. The foreign key of storage.objects
   * still protects a bucket with files.
   */
  remove: (live) => [
    refuseWhileFilled(live.name),
    `set local storage.allow_delete_query = 'true'`,
    `delete from storage.buckets where id = ${quoteLiteral(live.name)}`,
    `set local storage.allow_delete_query = 'false'`,
  ],
};

/** `3 files`; undefined for none. A bucket may hold millions, so counting stops early. */
async function countFiles(name: string, session: Session): Promise<string | undefined> {
  const [rows = []] = await session.run(
    `select count(*)::int as count from (select from storage.objects where bucket_id = ${quoteLiteral(name)} limit 10001) as held`,
  );
  const count = Number(rows[0]?.count ?? 0);
  if (count === 0) return undefined;
  return count === 1 ? "1 file" : count > 10_000 ? "more than 10,000 files" : `${count} files`;
}

/** The columns and their values as SQL. */
function columnsOf(bucket: Bucket): Readonly<Record<string, string>> {
  const mimeTypes = bucket.allowedMimeTypes?.map(quoteLiteral);
  return {
    public: String(bucket.public),
    file_size_limit: String(bucket.fileSizeLimit ?? "null"),
    allowed_mime_types: mimeTypes === undefined ? "null" : `array[${mimeTypes.join(", ")}]::text[]`,
    avif_autodetection: String(bucket.avifAutodetection),
  };
}

function refuseWhileFilled(name: string): string {
  const refusal = `the bucket ${name} still holds files, and deleting it would lose them`;
  const advice =
    "empty it over the Storage API (POST /bucket/:id/empty) or in the dashboard first, or keep it with the resource option retainOnDelete";
  const body = `begin if exists (select from storage.objects where bucket_id = ${quoteLiteral(name)}) then
    raise object_in_use using message = ${quoteLiteral(refusal)}, hint = ${quoteLiteral(advice)}; end if; end`;
  return `do ${quoteLiteral(body)}`;
}

function bucketOf(row: BucketRow): Bucket {
  return {
    name: row.id,
    public: row.public,
    ...(row.fileSizeLimit === undefined ? {} : { fileSizeLimit: row.fileSizeLimit }),
    ...(row.allowedMimeTypes === undefined ? {} : { allowedMimeTypes: [...row.allowedMimeTypes].sort() }),
    avifAutodetection: row.avifAutodetection,
    ...(row.name === row.id ? {} : { shownAs: row.name }),
    ...(row.type === undefined || row.type === "STANDARD" ? {} : { type: row.type }),
  };
}
