import { InputError } from "../errors/errors.ts";

/** Something with a name in generated code. */
export interface NamedThing {
  readonly identifier: string;
  /** What it is, for messages: `the enum TaskStatus`. */
  readonly of: string;
}

/** @throws {InputError} if two different things would have the same name in the same file, so that one would be lost */
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
