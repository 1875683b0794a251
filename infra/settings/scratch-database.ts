/**
 * The environment variable with the address of the scratch database on which a program is deployed to be proven. While it is set, the
 * provider refuses every other database, whatever the program has made of its settings.
 */
export const scratchDatabaseVariable = "PALISADE_SCRATCH_DATABASE";
