/**
 * The environment variable with the URL of the scratch database on which a program is deployed to be proven. While it
 * is set, the provider refuses every other database, whatever the program has set.
 */
export const scratchDatabaseVariable = "PALISADE_SCRATCH_DATABASE";

/**
 * The environment variable with the resources outside of databases that such a program may register because they stay
 * as they are: a JSON list of type and name. While it is set, the program refuses all other resources outside of
 * databases.
 */
export const scratchOthersVariable = "PALISADE_SCRATCH_OTHERS";

/** A resource's name in that list. */
export function nameOther(type: string, name: string): string {
  return `${type} ${name}`;
}

/**
 * Whether a resource is in this package's databases, or is the engine's own, so that deploying it affects nothing else.
 */
export function isInDatabase(type: string): boolean {
  return /^(?:palisade|pulumi):/.test(type);
}
