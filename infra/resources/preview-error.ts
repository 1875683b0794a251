/** An input: whether the program tells the error that the output below holds. Pulumi shows neither name. */
export const tellsErrorsKey = "__tellsErrors";

/** An output: why the update would fail. */
export const previewErrorKey = "__previewError";
