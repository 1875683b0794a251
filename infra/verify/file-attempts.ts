import { quoteLiteral } from "../sql/quote.ts";
import type { Actor } from "./actors.ts";
import type { Attempt, Rules } from "./attempt.ts";
import type { FileRules } from "./declaration.ts";
import { type Folder, foldersOf, isUuid, type MadeFile, ownersOf, pathIn, rowIn, uuidOf } from "./made-files.ts";
import { literal } from "./row-sql.ts";
import type { Statement } from "./run-tries.ts";
import type { TestData } from "./test-data.ts";
import { isMemberOf } from "./who.ts";

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
  const declared = stated.find((each) => each.bucket === bucket);
  const rules: Rules = { may: declared?.may ?? {}, stays: declared !== undefined };
  const folders = representativeFolders(person, testData);
  const asking: Asking = {
    bucket,
    asker: testData.askerOf(person),
    base: { person, object: filesIn(bucket), rules },
    moves: declared?.moves,
    actors: testData.actors,
    files,
    folders,
    theirs: folders.filter((folder) => folder !== undefined).filter((folder) => isTheirs(person, folder)),
  };
  const own = files.filter((file) => file.bucket === bucket);
  return [
    ...listReads(asking, own),
    ...folders.map((folder) =>
      upload(asking, folder, pathIn(folder, "new.txt"), folder === undefined ? "in no folder" : "in a folder"),
    ),
    ...folders.map((folder) => uploadMarker(asking, folder)),
    ...asking.theirs.slice(0, 1).flatMap((folder) => uploadForOthers(asking, folder)),
    ...asking.theirs.flatMap(({ name }) =>
      dotted(name).map((path) => upload(asking, undefined, path, "in a path with dots")),
    ),
    ...representatives(person, own).flatMap((file) => listChanges(asking, file)),
  ];
}

/** What the attempts of one person with the files of one bucket have in common. */
interface Asking {
  readonly bucket: string;
  readonly asker: Pick<Statement, "role" | "settings">;
  readonly base: Pick<Attempt, "person" | "object" | "rules">;
  /** Who may move files to another of their tenants, if that is declared. */
  readonly moves: Rules["moves"];
  readonly actors: readonly Actor[];
  /** The files of every bucket. */
  readonly files: readonly MadeFile[];
  readonly folders: readonly (Folder | undefined)[];
  readonly theirs: readonly Folder[];
}

/**
 * The Storage API always sets the uploader as the owner. Whether somebody may set another owner is reported, and tenancy
 * implies nothing about it.
 */
const unstated: Rules = { may: {}, stays: false };

function listReads({ bucket, asker, base }: Asking, own: readonly MadeFile[]): readonly Attempt[] {
  const statement: Statement = {
    ...asker,
    answers: true,
    sql: `select string_agg(id::text, ',') from storage.objects where id in (${own.map(({ id }) => quoteLiteral(id)).join(", ")})`,
  };
  return own.map(({ id, row, path }) => ({
    ...{ ...base, command: "select", row, statement },
    shown: `select * from storage.objects where bucket_id = ${quoteLiteral(bucket)} and name = ${quoteLiteral(path)}`,
    isReached: ({ text }) => (text ?? "").includes(id),
  }));
}

function upload(
  { bucket, asker, base }: Asking,
  folder: Folder | undefined,
  path: string,
  what: string,
  owners = ownersOf(base.person.subject),
): Attempt {
  const sql = `insert into storage.objects (bucket_id, name, owner_id, owner) values (${quoteLiteral(bucket)}, ${quoteLiteral(path)}, ${owners})`;
  const row = rowIn(folder, { bucket_id: bucket, name: path });
  return { ...base, command: "insert", what, row, statement: { ...asker, sql } };
}

function uploadMarker({ bucket, asker, base }: Asking, folder: Folder | undefined): Attempt {
  const path = quoteLiteral(pathIn(folder, "gone.txt"));
  const columns = "bucket_id, name, owner_id, owner, is_delete_marker";
  const sql = `insert into storage.objects (${columns}) values (${quoteLiteral(bucket)}, ${path}, ${ownersOf(base.person.subject)}, true)`;
  return { ...base, ...asMarker, row: rowIn(folder, { bucket_id: bucket }), statement: { ...asker, sql } };
}

function uploadForOthers(asking: Asking, folder: Folder): readonly Attempt[] {
  const { person } = asking.base;
  const another = asking.actors.find(({ subject }) => isUuid(subject) && subject !== person.subject) ?? person;
  const path = pathIn(folder, "theirs.txt");
  return [
    upload(asking, folder, path, "as nobody's", "null, null"),
    upload(
      asking,
      folder,
      path,
      "as somebody else's by owner_id",
      `${literal(strangerOf(asking).subject ?? null)}, null`,
    ),
    upload(asking, folder, path, "as somebody else's by owner", `null, ${uuidOf(another.subject)}`),
  ].map((attempt) => ({ ...attempt, rules: unstated }));
}

function listChanges(asking: Asking, file: MadeFile): readonly Attempt[] {
  const { asker, moves, files, folders, theirs } = asking;
  const base = { ...asking.base, row: file.row };
  const change = (sql: string): Statement => ({
    ...asker,
    settings: { ...asker.settings, "storage.allow_delete_query": "true" },
    sql: `${sql} where id = ${quoteLiteral(file.id)}`,
    blind: {
      row: `select 1 from storage.objects where id = ${quoteLiteral(file.id)}`,
      sql: `${sql} where current of palisade_row`,
    },
  });
  const after = change("update storage.objects set metadata = '{\"verify\": 1}'");
  const isOwn = isTheirs(base.person, file.row);
  const owners = ownersOf((isOwn ? strangerOf(asking) : base.person).subject);
  return [
    { ...base, command: "update", statement: after },
    {
      ...{ ...base, after, command: "update" },
      ...(isOwn ? { rules: unstated, what: "to another owner" } : { what: "to be their own" }),
      statement: change(`update storage.objects set (owner_id, owner) = row(${owners})`),
    },
    { ...base, command: "delete", statement: change("delete from storage.objects") },
    { ...base, ...asMarker, statement: change("update storage.objects set is_delete_marker = true") },
    ...movesOf(file, isOwn ? folders : theirs, theirs, files).map(
      ({ sql, isInBucket, ...move }): Attempt => ({
        ...{ ...base, ...move, after, command: "move" },
        rules: isInBucket && moves !== undefined ? { ...base.rules, moves } : base.rules,
        statement: change(sql),
      }),
    ),
  ];
}

/** Somebody else who has a row of their own. */
function strangerOf({ actors, base: { person } }: Asking): Actor {
  return actors.find(({ subject, hasRow }) => hasRow && subject !== person.subject) ?? person;
}

/** In a bucket with versions, a file is deleted by inserting a delete marker. Older platform versions have none. */
const asMarker = { command: "delete", what: "by a marker", isOptional: true } as const;

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
