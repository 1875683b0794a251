import * as pulumi from "@pulumi/pulumi";
import { previewErrorKey, tellsErrorsKey } from "./preview-error.ts";

/** What a resource asks the provider for, so that `tellErrors` has something to tell. */
export const erroneous = { [tellsErrorsKey]: true, [previewErrorKey]: undefined };

/**
 * The engine ends a preview with the first error, and whatever depends on that resource, or just comes later, is never shown. So the
 * provider gives a preview's error back as an output; it is told from here, the preview goes on to its end, and then fails.
 */
export function tellErrors(resource: pulumi.CustomResource): void {
  const error = (resource as unknown as Readonly<Record<string, pulumi.Output<string | undefined>>>)[previewErrorKey];
  error?.apply((message) => {
    if (message === undefined) return;
    void pulumi.log.error(message, resource);
    process.exitCode = failedAfterTelling;
  });
}

/** What the language host takes for a program that failed and has said why. */
const failedAfterTelling = 32;
