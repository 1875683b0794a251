import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { z } from "zod";
import { InputError } from "../errors/errors.ts";

/** What is kept about a clone's database between commands. */
export type DatabaseRecord = z.infer<typeof schema>;

const schema = z.object({
  /** The data folder, if it is not next to the record but outside of the project. */
  folder: z.string().optional(),
  /** The last port, which is used again if it is free. */
  port: z.number().int(),
  password: z.string(),
  superuserPassword: z.string(),
  /** The version of infra/local/platform that it was created from. */
  platform: z.string(),
  /** The version of infra/local/platform/repeatable that was last run on it. */
  repeatable: z.string().optional(),
});

/**
 * Reads the record. Undefined if there is none, or a full disk has left only a part of it; its database may still be
 * intact.
 */
export function readRecord(file: string): DatabaseRecord | undefined {
  try {
    return schema.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EACCES") {
      throw new InputError(
        `${file} belongs to another user: this clone's database was started by them. Use their account`,
      );
    }
    return undefined;
  }
}

/** Writes the record atomically, and readable only by its owner. */
export function writeRecord(file: string, record: DatabaseRecord): void {
  const unfinished = `${file}.${process.pid}`;
  writeFileSync(unfinished, `${JSON.stringify(record, undefined, 2)}\n`, { mode: 0o600 });
  renameSync(unfinished, file);
}
