/** The environment variable that names the file for what a preview changes of who reaches what; relative to the project. */
export const reachFileVariable = "PALISADE_REACH_FILE";
