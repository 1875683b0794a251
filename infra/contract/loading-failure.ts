/** The exit code of the process that runs a program, if the program's sources can't be loaded. */
export const loadingFailed = 2;

/**
 * Whether an error is one of loading: a source has a mistake, lacks an export, or is not there. A TransformError is
 * that of the compiler which translates the sources.
 */
export function isLoadingFailure(error: unknown): boolean {
  const { name, code } = Object(error) as { readonly name?: unknown; readonly code?: unknown };
  return name === "SyntaxError" || name === "TransformError" || String(code).endsWith("MODULE_NOT_FOUND");
}
