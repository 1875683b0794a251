import { kinds } from "../kinds/registry.ts";
import { Operation } from "../lifecycle/operation.ts";
import { noteExistingProgram } from "./existing-program.ts";
import type { LeftOut } from "./left-out.ts";
import { findLiveObjects, type LiveObject } from "./live-objects.ts";
import type { ObjectFilter } from "./object-filter.ts";
import type { Target } from "./target.ts";
import { type ProgramFile, writeProgram } from "./write-program.ts";

export interface AdoptOptions {
  readonly target: Target;
  readonly stack: string;
  readonly connectionString: string;
  readonly filter: ObjectFilter;
  /** The objects that a preview has refused, by `objectKey`, with the reason. */
  readonly refused: ReadonlyMap<string, string>;
}

export interface Adoption {
  readonly files: readonly ProgramFile[];
  readonly objects: readonly LiveObject[];
  readonly leftOut: readonly LeftOut[];
  /** What the existing program declares, by `objectKey`. */
  readonly declared: readonly string[];
  /** The program's resources whose declarations can't be determined, and why. */
  readonly unread: readonly string[];
}

/**
 * Reads a live database and returns the files of a program that declares whatever is not declared yet. Nothing is
 * written.
 * @throws {InputError} if the database can't be read, or the existing program fails
 */
export async function adopt({ target, stack, connectionString, filter, refused }: AdoptOptions): Promise<Adoption> {
  const operation = new Operation({
    kinds,
    connect: async () => connectionString,
    adopt: false,
    warns: false,
    stack,
    projectDirectory: target.directory,
  });
  try {
    const existing = await noteExistingProgram(target, stack, operation);
    const found = await findLiveObjects(operation, filter, existing.names, refused);
    const { files, leftOut } = await writeProgram(found, existing, target);
    return { files, objects: found.objects, leftOut, declared: existing.declared, unread: existing.unread };
  } finally {
    await operation.close();
  }
}
