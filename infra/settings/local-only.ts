/**
 * Set if an update was approved without confirmation because its database is the local one. The provider then refuses
 * every other database, regardless of what the engine reads from the stack's settings and state.
 */
export const localOnlyVariable = "PALISADE_LOCAL_ONLY";
