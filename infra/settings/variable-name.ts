/** How an environment variable may be called that `palisade:connection` names; no connection string looks like it. */
export const variableName = /^[A-Za-z_][A-Za-z0-9_]*$/;
