/**
 * Properties between the program and the provider, of which the state keeps none. Pulumi shows no name that begins with two underscores.
 */

/** An input: whether the program tells the error that the output below holds. */
export const tellsErrorsKey = "__tellsErrors";

/** An output: why the update would fail. */
export const previewErrorKey = "__previewError";

/** An output: whether creating adopts what is there, and executes nothing. */
export const adoptedKey = "__adopted";

/** An output: what the change does to who reaches what, as JSON: the lines of the whole preview's summary. */
export const impactKey = "__impact";

/** An input: how many tables and functions the program declares with this provider, each of which may grant what a policy needs. */
export const grantingKey = "__granting";

/** An input: how many resources the program declares with this provider. */
export const declaredKey = "__declared";

/** An input of a function: how many functions of its name the program declares. Absent where that is not known. */
export const overloadsKey = "__overloads";

/** An input: the components that the resource stands under, from the outermost on, with their types and names. */
export const parentsKey = "__parents";
