/**
 * The environment variable with the address of the scratch database on which a program is deployed to be proven. While it is set, the
 * provider refuses every other database, whatever the program has made of its settings.
 */
export const scratchDatabaseVariable = "PALISADE_SCRATCH_DATABASE";

/**
 * The environment variable with what such a program may register that is in no database, since it stays as it is: a JSON list of type and name.
 * While it is set, the program refuses everything else of that sort.
 */
export const scratchOthersVariable = "PALISADE_SCRATCH_OTHERS";

/** How the list names a resource. */
export function nameOther(type: string, name: string): string {
  return `${type} ${name}`;
}

/** Whether a resource is in this package's databases, or the engine's own, so that its deployment reaches nothing else. */
export function isInDatabase(type: string): boolean {
  return /^(?:palisade|pulumi):/.test(type);
}
