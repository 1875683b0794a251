import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { z } from "zod";

/** What we remember of a clone's database from one command to the next. */
export type DatabaseRecord = z.infer<typeof schema>;

const schema = z.object({
  /** The folder with the data, where it doesn't lie beside the record but outside the project. */
  folder: z.string().optional(),
  /** The port it had last and gets again when it is free. */
  port: z.number().int(),
  password: z.string(),
  superuserPassword: z.string(),
  /** The version of infra/local/platform that it was made from. */
  platform: z.string(),
  /** The version of infra/local/platform/repeatable that was last run on it. */
  repeatable: z.string().optional(),
});

/** Reads the record; undefined where there is none, or only what a full disk has left of one: its database may be whole for all that. */
export function readRecord(file: string): DatabaseRecord | undefined {
  try {
    return schema.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EACCES") {
      throw new Error(`${file} belongs to another user: this clone's database was started by them. Use their account.`);
    }
    return undefined;
  }
}

/** Writes the record so that a reader sees the old or the new one, and only its owner can read it. */
export function writeRecord(file: string, record: DatabaseRecord): void {
  const unfinished = `${file}.${process.pid}`;
  writeFileSync(unfinished, `${JSON.stringify(record, undefined, 2)}\n`, { mode: 0o600 });
  renameSync(unfinished, file);
}
