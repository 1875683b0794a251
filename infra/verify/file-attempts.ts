import type { Session } from "../database/database.ts";
import { quoteLiteral } from "../sql/quote.ts";
import { type Actor, tenantNames } from "./actors.ts";
import type { Attempt, Rules } from "./attempt.ts";
import type { FileRules } from "./declaration.ts";
import { literal } from "./row-sql.ts";
import type { Statement } from "./run-tries.ts";
import type { TestData } from "./test-data.ts";
import { isMemberOf, type Row } from "./who.ts";

/** A file's row in storage.objects, inserted without regard to policies. */
export interface MadeFile {
  readonly bucket: string;
  readonly path: string;
  readonly row: Row;
  readonly id: string;
}

/** A folder, and who owns it. */
interface Folder {
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

/** Everything that one person tries with the files of one bucket. */
export function fileAttempts(
  bucket: string,
  person: Actor,
  {
    testData,
    files,
    rules: stated,
  }: { readonly testData: TestData; readonly files: readonly MadeFile[]; readonly rules: readonly FileRules[] },
): readonly Attempt[] {
  const asker = testData.askerOf(person);
  const { may = {}, moves } = stated.find((each) => each.bucket === bucket) ?? {};
  const rules: Rules = { may, stays: stated.some((each) => each.bucket === bucket) };
  const base = { person, object: filesIn(bucket), rules };
  const own = files.filter((file) => file.bucket === bucket);
  const chosen = representatives(person, own);
  const read: Statement = {
    ...asker,
    answers: true,
    sql: `select string_agg(id::text, ',') from storage.objects where id in (${own.map(({ id }) => quoteLiteral(id)).join(", ")})`,
  };
  const change = (file: MadeFile, sql: string): Statement => ({
    ...asker,
    settings: { ...asker.settings, "storage.allow_delete_query": "true" },
    sql: `${sql} where id = ${quoteLiteral(file.id)}`,
    blind: {
      row: `select 1 from storage.objects where id = ${quoteLiteral(file.id)}`,
      sql: `${sql} where current of palisade_row`,
    },
  });
  const upload = (
    folder: Folder | undefined,
    path: string,
    what: string,
    owners = ownersOf(person.subject),
  ): Attempt => {
    const sql = `insert into storage.objects (bucket_id, name, owner_id, owner) values (${quoteLiteral(bucket)}, ${quoteLiteral(path)}, ${owners})`;
    return {
      ...base,
      command: "insert",
      what,
      row: rowIn(folder, { bucket_id: bucket, name: path }),
      statement: { ...asker, sql },
    };
  };
  const folders = representativeFolders(person, testData);
  const stranger = testData.actors.find(({ subject, hasRow }) => hasRow && subject !== person.subject) ?? person;
  const another = testData.actors.find(({ subject }) => isUuid(subject) && subject !== person.subject) ?? person;
  // The Storage API always sets the uploader as the owner. Whether somebody may set another owner is reported, and
  // tenancy implies nothing about it.
  const unstated: Rules = { may: {}, stays: false };
  const theirs = folders.filter((folder) => folder !== undefined).filter((folder) => isTheirs(person, folder));
  return [
    ...own.map(({ id, row, path }) => ({
      ...{ ...base, command: "select" as const, row, statement: read },
      shown: `select * from storage.objects where bucket_id = ${quoteLiteral(bucket)} and name = ${quoteLiteral(path)}`,
      isReached: ({ text }: { readonly text?: string }) => (text ?? "").includes(id),
    })),
    ...folders.map((folder) =>
      upload(folder, pathIn(folder, "new.txt"), folder === undefined ? "in no folder" : "in a folder"),
    ),
    ...folders.map((folder): Attempt => {
      const path = quoteLiteral(pathIn(folder, "gone.txt"));
      const columns = "bucket_id, name, owner_id, owner, is_delete_marker";
      const sql = `insert into storage.objects (${columns}) values (${quoteLiteral(bucket)}, ${path}, ${ownersOf(person.subject)}, true)`;
      return { ...base, ...asMarker, row: rowIn(folder, { bucket_id: bucket }), statement: { ...asker, sql } };
    }),
    ...theirs.slice(0, 1).flatMap((folder) => {
      const path = pathIn(folder, "theirs.txt");
      return [
        upload(folder, path, "as nobody's", "null, null"),
        upload(folder, path, "as somebody else's by owner_id", `${literal(stranger.subject ?? null)}, null`),
        upload(folder, path, "as somebody else's by owner", `null, ${uuidOf(another.subject)}`),
      ].map((attempt): Attempt => ({ ...attempt, rules: unstated }));
    }),
    ...theirs.flatMap((folder) => dotted(folder.name).map((path) => upload(undefined, path, "in a path with dots"))),
    ...chosen.flatMap((file): readonly Attempt[] => {
      const after = change(file, "update storage.objects set metadata = '{\"verify\": 1}'");
      return [
        { ...base, command: "update", row: file.row, statement: after },
        {
          ...base,
          after,
          ...(isTheirs(person, file.row) ? { rules: unstated, what: "to another owner" } : { what: "to be their own" }),
          command: "update",
          row: file.row,
          statement: change(
            file,
            `update storage.objects set (owner_id, owner) = row(${ownersOf((isTheirs(person, file.row) ? stranger : person).subject)})`,
          ),
        },
        { ...base, command: "delete", row: file.row, statement: change(file, "delete from storage.objects") },
        {
          ...{ ...base, ...asMarker, row: file.row },
          statement: change(file, "update storage.objects set is_delete_marker = true"),
        },
        ...movesOf(file, isTheirs(person, file.row) ? folders : theirs, theirs, files).map(
          ({ sql, isInBucket, ...move }): Attempt => ({
            ...{ ...base, ...move, after, command: "move", row: file.row },
            rules: isInBucket && moves !== undefined ? { ...rules, moves } : rules,
            statement: change(file, sql),
          }),
        ),
      ];
    }),
  ];
}

/** In a bucket with versions, a file is deleted by inserting a delete marker. Older platform versions have none. */
const asMarker = { command: "delete", what: "by a marker", isOptional: true } as const;

/** The values of `owner_id` and, for a UUID, of the older column `owner`. */
function ownersOf(subject: string | undefined): string {
  return `${literal(subject ?? null)}, ${uuidOf(subject)}`;
}

function uuidOf(subject: string | undefined): string {
  return literal(isUuid(subject) ? subject : null);
}

function isUuid(subject: string | undefined): subject is string {
  return subject !== undefined && /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(subject);
}

/** `files in avatars` */
export function filesIn(bucket: string): string {
  return `files in ${bucket}`;
}

/** Whether the folder or file belongs to the person. */
function isTheirs(person: Actor, { owner, tenant }: Omit<Folder, "name">): boolean {
  const isOwn = owner !== undefined && owner === person.subject;
  return person.isKnown && (isOwn || isMemberOf(person, tenant));
}

/**
 * Moves of a file to somebody else's folder, and to each other bucket: to the same folder there, and to one of the
 * person's own, because one policy may let the file leave and another let it arrive.
 */
function movesOf(
  { bucket, path, row }: MadeFile,
  folders: readonly (Folder | undefined)[],
  theirs: readonly Folder[],
  files: readonly MadeFile[],
) {
  const [first = ""] = path.split("/");
  const elsewhere = folders.filter((folder) => folder !== undefined && folder.name !== first);
  const buckets = [...new Set(files.map((file) => file.bucket))].filter((other) => other !== bucket);
  return [
    ...elsewhere.map((folder) => ({
      to: rowIn(folder, { bucket_id: bucket, name: pathIn(folder, "moved.txt") }),
      what: "to another folder",
      isInBucket: true,
      sql: `update storage.objects set name = ${quoteLiteral(pathIn(folder, "moved.txt"))}`,
    })),
    ...theirs
      .filter(({ name }) => name === first)
      .flatMap(({ name }) => dotted(name))
      .map((name) => ({
        to: rowIn(undefined, { bucket_id: bucket, name }),
        what: "to a path with dots",
        isInBucket: true,
        sql: `update storage.objects set name = ${quoteLiteral(name)}`,
      })),
    ...buckets.flatMap((other) =>
      [undefined, ...theirs].map((folder) => {
        const place = `${folder === undefined ? path : pathIn(folder, "moved.txt")}.moved`;
        return {
          to: { ...(folder === undefined ? row : rowIn(folder, {})), values: { bucket_id: other, name: place } },
          what: `to the bucket ${other}`,
          isInBucket: false,
          sql: `update storage.objects set bucket_id = ${quoteLiteral(other)}, name = ${quoteLiteral(place)}`,
        };
      }),
    ),
  ];
}

function foldersOf(testData: TestData): readonly Folder[] {
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

/** One folder stands for all folders of other people. */
function representativeFolders(person: Actor, testData: TestData): readonly (Folder | undefined)[] {
  const folders = foldersOf(testData);
  const others = folders.filter(({ owner }) => owner !== undefined && owner !== person.subject);
  return [...folders.filter((folder) => !others.slice(1).includes(folder)), undefined];
}

function representatives(person: Actor, files: readonly MadeFile[]): readonly MadeFile[] {
  const others = files.filter(({ row }) => row.owner !== undefined && row.owner !== person.subject);
  return files.filter((file) => !others.slice(1).includes(file));
}

/** Paths that a browser or a proxy normalises to a different one. */
function dotted(folder: string): readonly string[] {
  return [`${folder}/../dotted.txt`, `./${folder}/dotted.txt`, `${folder}/%2e%2e/dotted.txt`, `${folder}//dotted.txt`];
}

function pathIn(folder: Folder | undefined, file: string): string {
  return folder === undefined ? `verify-${file}` : `${folder.name}/verify-${file}`;
}

function rowIn(folder: Folder | undefined, values: Row["values"]): Row {
  const { tenant, owner } = folder ?? {};
  return {
    ...{ table: "storage.objects", values },
    ...(tenant === undefined ? {} : { tenant }),
    ...(owner === undefined ? {} : { owner }),
  };
}
