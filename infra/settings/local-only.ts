/**
 * Set where an update was approved unasked because its database is the local one. Whatever the command took the stack's settings for,
 * the provider gets what the engine has made of them, and of a state that remembers another database: it refuses any other.
 */
export const localOnlyVariable = "PALISADE_LOCAL_ONLY";
