import { z } from "zod";
import type { BucketRow } from "../../catalog/catalog.ts";
import type { Kind } from "../kind.ts";
import type { Properties } from "../properties.ts";
import { quoteLiteral } from "../sql/quote.ts";
import { parseFileSize } from "./file-size.ts";

/**
 * A storage bucket.
 * @see https://supabase.com/docs/guides/storage/buckets/creating-buckets
 */
export const bucketInput = z.strictObject({
  /** Up to 100 letters, digits and `_!.*'() &$=@;:+,?-`. Changing it makes another bucket. */
  name: z
    .string()
    .regex(/^[\w!.*'() &$=@;:+,?-]{1,100}$/, "a bucket's name has 1 to 100 of letters, digits and _!.*'() &$=@;:+,?-")
    .describe("1 to 100 letters, digits and _!.*'() &$=@;:+,?-. Changing it makes another bucket."),
  /** Whether anybody may download by URL, past every policy. Default: false. */
  public: z
    .boolean()
    .default(false)
    .describe("Whether anybody may download by URL, past every policy. Default: false."),
  /** Largest file: bytes, or a text such as `50MB` (decimal units, as the platform counts). Default: the project's own limit. */
  fileSizeLimit: z
    .union([z.number(), z.string()])
    .optional()
    .describe("Largest file, in bytes or as 50MB (decimal units). Default: the project's own limit."),
  /** MIME types that may be uploaded, `image/*` allowed. Default: any. */
  allowedMimeTypes: z
    .array(z.string().regex(/^[\w.+-]+\/(\*|[\w.+-]+)$/, "a MIME type looks like image/png or image/*"))
    .min(1)
    .optional()
    .describe("MIME types that may be uploaded; image/* is allowed. Default: any."),
});

export type Bucket = Properties & {
  readonly name: string;
  readonly public: boolean;
  readonly fileSizeLimit?: number;
  readonly allowedMimeTypes?: readonly string[];
};

export const bucket: Kind<Bucket> = {
  name: "Bucket",
  description: "A storage bucket: a row of storage.buckets.",
  input: bucketInput,
  replaceOn: ["name"],

  async normalise(input) {
    const { name, public: isPublic = false, fileSizeLimit, allowedMimeTypes } = input as z.input<typeof bucketInput>;
    const size = fileSizeLimit === undefined ? undefined : parseFileSize(fileSizeLimit);
    if (size instanceof Error) return [{ path: ["fileSizeLimit"], message: size.message }];
    return {
      name,
      public: isPublic,
      ...(size === undefined ? {} : { fileSizeLimit: size }),
      ...(allowedMimeTypes === undefined ? {} : { allowedMimeTypes: [...new Set(allowedMimeTypes)].sort() }),
    };
  },

  identify: (args) => args.name,
  claims: ({ name }) => [{ on: `bucket ${name}`, description: `the bucket ${name}` }],
  texts: () => [],
  probes: () => [{ kind: "relation", path: [], table: { schema: "storage", name: "buckets" }, relkinds: "r" }],
  notes: ({ live, desired }) =>
    desired.public && live?.public === false
      ? [
          {
            severity: "warning",
            message: "everybody who has a file's URL may download it from now on; policies are not asked",
          },
        ]
      : [],
  scope: (id) => ({ buckets: [id] }),
  find(catalog, id) {
    const row = catalog.buckets.get(id);
    return row === undefined ? undefined : bucketOf(row);
  },

  plan(live, desired) {
    const mimeTypes =
      desired.allowedMimeTypes === undefined
        ? "null"
        : `array[${desired.allowedMimeTypes.map(quoteLiteral).join(", ")}]::text[]`;
    const id = quoteLiteral(desired.name);
    const limit = desired.fileSizeLimit ?? "null";
    return live === undefined
      ? [
          `insert into storage.buckets (id, name, public, file_size_limit, allowed_mime_types) values (${id}, ${id}, ${desired.public}, ${limit}, ${mimeTypes})`,
        ]
      : [
          `update storage.buckets set public = ${desired.public}, file_size_limit = ${limit}, allowed_mime_types = ${mimeTypes}, updated_at = now() where id = ${id}`,
        ];
  },

  /**
   * The platform guards rows of storage so that no file loses its row. An empty bucket has no files: the guard's own setting lets that
   * one statement pass, and the foreign key of storage.objects still refuses a bucket that holds any.
   */
  remove: (live) => [
    refuseWhileFilled(live.name),
    `set local storage.allow_delete_query = 'true'`,
    `delete from storage.buckets where id = ${quoteLiteral(live.name)}`,
    `set local storage.allow_delete_query = 'false'`,
  ],
};

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
    ...(row.allowedMimeTypes === undefined ? {} : { allowedMimeTypes: row.allowedMimeTypes }),
  };
}
