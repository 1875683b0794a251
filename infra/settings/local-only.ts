/**
 * Set if an update was approved unasked because its database is the local one. The provider then refuses every other database, whatever
 * the engine has made of the stack's settings and its state.
 */
export const localOnlyVariable = "PALISADE_LOCAL_ONLY";
