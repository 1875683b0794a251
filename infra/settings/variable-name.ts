/** The allowed names of the environment variable in `palisade:connection`. No connection string matches it. */
export const variableName = /^[A-Za-z_][A-Za-z0-9_]*$/;
