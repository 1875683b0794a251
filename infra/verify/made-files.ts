import type { Session } from "../database/database.ts";
import { quoteLiteral } from "../sql/quote.ts";
import { tenantNames } from "./actors.ts";
import { literal } from "./row-sql.ts";
import type { TestData } from "./test-data.ts";
import type { Row } from "./who.ts";

/** A file's row in storage.objects, inserted without regard to policies. */
export interface MadeFile {
  readonly bucket: string;
  readonly path: string;
  readonly row: Row;
  readonly id: string;
}

/** A folder, and who owns it. */
export interface Folder {
  readonly name: string;
  readonly tenant?: string;
  readonly owner?: string;
}

/** Makes a file in each tenant's folder, in each person's folder and outside of folders, in every bucket. */
export async function makeFiles(
  session: Session,
  testData: TestData,
  buckets: readonly string[],
): Promise<readonly MadeFile[]> {
  const wanted = buckets.flatMap((bucket) =>
    [...foldersOf(testData), undefined].map((folder) => ({ bucket, folder, path: pathIn(folder, "file.txt") })),
  );

  if (wanted.length === 0) return [];
  const values = wanted.map(
    ({ bucket, path, folder }) => `(${quoteLiteral(bucket)}, ${quoteLiteral(path)}, ${ownersOf(folder?.owner)})`,
  );
  const [rows = []] = await session.run(
    `insert into storage.objects (bucket_id, name, owner_id, owner) values ${values.join(", ")} returning id::text, to_jsonb(objects.*) as values`,
  );
  return wanted.map(({ bucket, folder, path }, index) => {
    const stored = rows[index]?.values as Record<string, unknown>;
    const plain = Object.entries(stored).filter(([, value]) => typeof value !== "object" || value === null);
    const texts = plain.map(([column, value]) => [column, value === null ? null : String(value)]);
    return { bucket, path, id: String(rows[index]?.id), row: rowIn(folder, Object.fromEntries(texts)) };
  });
}

/** The folders of tenants and of people. */
export function foldersOf(testData: TestData): readonly Folder[] {
  return [
    ...tenantNames.flatMap((tenant) => {
      const name = testData.tenantId(tenant);
      return name === undefined || name === "" ? [] : [{ name, tenant }];
    }),
    ...testData.actors.flatMap(({ subject, isSilent, kind }) =>
      subject === undefined || isSilent || kind === "odd claims" ? [] : [{ name: subject, owner: subject }],
    ),
  ];
}

/** The values of `owner_id` and, for a UUID, of the older column `owner`. */
export function ownersOf(subject: string | undefined): string {
  return `${literal(subject ?? null)}, ${uuidOf(subject)}`;
}

export function uuidOf(subject: string | undefined): string {
  return literal(isUuid(subject) ? subject : null);
}

export function isUuid(subject: string | undefined): subject is string {
  return subject !== undefined && /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(subject);
}

export function pathIn(folder: Folder | undefined, file: string): string {
  return folder === undefined ? `verify-${file}` : `${folder.name}/verify-${file}`;
}

/** The row of a file in the folder, with whom it belongs to. */
export function rowIn(folder: Folder | undefined, values: Row["values"]): Row {
  const { tenant, owner } = folder ?? {};
  return {
    ...{ table: "storage.objects", values },
    ...(tenant === undefined ? {} : { tenant }),
    ...(owner === undefined ? {} : { owner }),
  };
}
