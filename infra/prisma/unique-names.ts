import { InputError } from "../errors/errors.ts";

/** Something that gets a name in code. */
export interface NamedThing {
  readonly identifier: string;
  /** What it is, for a person: `the enum TaskStatus`. */
  readonly of: string;
}

/** @throws {InputError} when two different things would have the same name in the same file, where one would be lost */
export function refuseDuplicates(file: string, named: readonly NamedThing[]): void {
  const owners = new Map<string, string>();
  for (const { identifier, of } of named) {
    const other = owners.get(identifier);
    if (other !== undefined) {
      throw new InputError(`${file} would call ${other} and ${of} both ${identifier}; rename one of them`);
    }
    owners.set(identifier, of);
  }
}
