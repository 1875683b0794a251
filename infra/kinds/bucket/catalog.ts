import type { CatalogPart } from "../../catalog/part.ts";
import { isNamed, keyed, withoutNulls } from "../../catalog/rows.ts";

export interface BucketRow {
  readonly id: string;
  /** The displayed name. The Storage API keeps it equal to the id. */
  readonly name: string;
  readonly public: boolean;
  readonly avifAutodetection: boolean;
  /** `STANDARD`, `ANALYTICS` or `VECTOR`; absent on older platforms. */
  readonly type?: string;
  /** Bytes. */
  readonly fileSizeLimit?: number;
  readonly allowedMimeTypes?: readonly string[];
}

/** By id. */
export const buckets: CatalogPart<ReadonlyMap<string, BucketRow>, string> = {
  name: "buckets",
  relation: { schema: "storage", name: "buckets" },
  query: (wanted) => `
  select coalesce(json_agg(json_build_object('id', b.id, 'name', b.name, 'public', coalesce(b.public, false), 'type', to_jsonb(b) ->> 'type',
    'avifAutodetection', coalesce((to_jsonb(b) ->> 'avif_autodetection')::boolean, false), 'fileSizeLimit', b.file_size_limit,
    'allowedMimeTypes', (select array_agg(type order by type) from unnest(b.allowed_mime_types) as allowed(type)))), '[]') as rows
  from storage.buckets b where ${isNamed(wanted, "b.id")}`,
  read: (rows = []) => keyed(rows.map(withoutNulls<BucketRow>), ({ id }) => id),
};
