/**
 * Internal properties between the program and the provider, which the state does not keep. Pulumi does not show names
 * that start with two underscores.
 */

/** An input: whether the program reports the error in the output below. */
export const tellsErrorsKey = "__tellsErrors";

/** An output: why the update would fail. */
export const previewErrorKey = "__previewError";

/** An output: whether creation adopts an existing object without executing anything. */
export const adoptedKey = "__adopted";

/** An output: how the change affects access, as JSON: the lines for the whole preview's summary. */
export const impactKey = "__impact";

/** An input: how many resources of each kind the program declares with this provider, as a `NumberByKind`. */
export const declaredKey = "__declared";

export type NumberByKind = Readonly<Record<string, number>>;

/** An input of a function: how many functions of its name the program declares. Absent if that is not known. */
export const overloadsKey = "__overloads";

/** An input: the components that the resource is in, from the outermost one, with their types and names. */
export const parentsKey = "__parents";
