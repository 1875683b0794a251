/** The environment variable with the path of the file for a preview's changes to access, relative to the project. */
export const reachFileVariable = "PALISADE_REACH_FILE";
