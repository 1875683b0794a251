import * as pulumi from "@pulumi/pulumi";
import { parentsKey, previewErrorKey, tellsErrorsKey } from "./preview-error.ts";

/** What the provider is told beside a resource's properties, so that `tellErrors` has something to tell. */
export function besideProperties(options: pulumi.CustomResourceOptions | undefined): pulumi.Inputs {
  const parents = parentsOf(options?.parent);
  return {
    [tellsErrorsKey]: true,
    [previewErrorKey]: undefined,
    ...(parents.length > 0 ? { [parentsKey]: parents } : {}),
  };
}

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

/** From the outermost on, without the stack. A resource tells its type, name and parent under the SDK's own names only. */
function parentsOf(resource: pulumi.Resource | undefined): readonly { readonly type: string; readonly name: string }[] {
  const { __pulumiType: type, __name: name, __parentResource: parent } = (resource ?? {}) as InternalResource;
  if (type === undefined || name === undefined || type === "pulumi:pulumi:Stack") return [];
  return [...parentsOf(parent), { type, name }];
}

interface InternalResource {
  readonly __pulumiType?: string;
  readonly __name?: string;
  readonly __parentResource?: pulumi.Resource;
}
