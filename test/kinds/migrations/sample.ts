import { createHash } from "node:crypto";
import { join } from "node:path";
import type { RefusedDeclaration, Sample } from "../sample.ts";

const made = (title: string, input: object, property: string, says: RegExp): RefusedDeclaration => ({
  title: `migrations ${title}`,
  kind: "Migrations",
  input,
  property,
  says,
});

/** Prisma's own table. */
const record = `create table public._prisma_migrations (id varchar(36) primary key, checksum varchar(64) not null, finished_at timestamptz,
  migration_name varchar(255) not null, logs text, rolled_back_at timestamptz, started_at timestamptz not null default now(),
  applied_steps_count integer not null default 0)`;

const scripts = {
  "1_first": "create table public.migrated (id text primary key);\n",
  // Applied again after somebody has deleted the record of it.
  "2_second": "create table if not exists public.migrated_too (id text primary key);\n",
};
const checksums = Object.fromEntries(
  Object.entries(scripts).map(([name, text]) => [name, createHash("sha256").update(text).digest("hex")]),
);

export const sample: Sample = {
  files: {
    "migrations/migration_lock.toml": 'provider = "postgresql"\n',
    ...Object.fromEntries(Object.entries(scripts).map(([name, text]) => [`migrations/${name}/migration.sql`, text])),
  },
  // The other samples' tables are there, so one migration has to be as well.
  setup:
    () => `${record}; ${scripts["1_first"]}; insert into public._prisma_migrations (id, checksum, finished_at, migration_name)
    values ('1', '${checksums["1_first"]}', now(), '1_first')`,
  input: () => ({ directory: "migrations" }),
  others: {},
  identity: ["format"],
  byHand: ["migrations"],
  drifts: [
    {
      title: "deletes the record of one",
      sql: () => "delete from public._prisma_migrations where migration_name = '2_second'",
      shown: ['migrations["2_second"]'],
    },
  ],
  leaves: { migrations: checksums },
  imports: {
    setup: record,
    accepted: [["prisma", "prisma"]],
    refused: [["migrations", "which is one of prisma, supabase, plain"]],
  },
  refused: [
    made("of a folder that is not there", { directory: "nowhere" }, "directory", /there is no folder nowhere/),
    made("of a folder that is a number", { directory: 5 }, "directory", /it must be a text/),
    made("of an unknown tool", { format: "flyway" }, "format", /prisma, supabase(,| or) plain|one of/),
    made("that somebody may apply", { apply: "maybe" }, "apply", /it must be true or false/),
    made("by no command", { command: [] }, "command", /the list is empty; name at least one/),
    made("by a command without a list", { command: "npx prisma migrate deploy" }, "command", /it must be a list/),
    made(
      "with a property that there is not",
      { folder: "migrations" },
      "folder",
      /there is no such property; there are /,
    ),
    {
      title: "migrations twice",
      kind: "Migrations",
      beside: [{ kind: "Migrations", name: "first", input: {} }],
      input: {},
      property: "",
      says: /the database's migrations already belongs? to the resource first/,
    },
  ],
  replacements: {
    format: {
      program: (age) => `new Migrations("replaced migrations", {
        directory: ${JSON.stringify(join(import.meta.dirname, "replaced"))},
        format: "${age === "old" ? "plain" : "supabase"}",
      });`,
      after: ["select version, name from supabase_migrations.schema_migrations", { version: "1", name: "replaced" }],
    },
  },
  withoutReach: {
    reachAfter: "what scripts make is judged by their statements, not by the declaration",
    answersFor: "what scripts make is reached until a resource declares it",
  },
  hostile: "names of migrations are names of folders, and Prisma's own engine writes them",
};
