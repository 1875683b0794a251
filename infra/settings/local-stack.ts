/** The stack whose database is the local one, unless its configuration says otherwise. */
export const localStack = "dev";
