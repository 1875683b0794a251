import * as pulumi from "@pulumi/pulumi";
import {
  adoptedKey,
  grantingKey,
  overloadsKey,
  parentsKey,
  previewErrorKey,
  tellsErrorsKey,
} from "../values/beside-properties.ts";
import { ownsProcess, type Place } from "./program.ts";

/** What the provider is told beside a resource's properties, so that `tellOutcome` has something to tell. */
export function besideProperties(
  options: pulumi.CustomResourceOptions | undefined,
  { granting, overloads }: Place,
): pulumi.Inputs {
  const parents = parentsOf(options?.parent);
  return {
    [tellsErrorsKey]: true,
    [grantingKey]: granting,
    [overloadsKey]: overloads,
    [previewErrorKey]: undefined,
    [adoptedKey]: undefined,
    ...(parents.length > 0 ? { [parentsKey]: parents } : {}),
  };
}

/**
 * The engine ends a preview with the first error, and whatever depends on that resource, or just comes later, is never shown. So the
 * provider gives a preview's error back as an output; it is told from here, the preview goes on to its end, and then fails. And the
 * engine counts as created what is only adopted: here it is summed up.
 */
export function tellOutcome(resource: pulumi.CustomResource): void {
  const outputs = resource as unknown as Readonly<Record<string, pulumi.Output<unknown>>>;
  outputs[previewErrorKey]?.apply((message) => {
    if (typeof message !== "string") return;
    void pulumi.log.error(message, resource);
    // Where the program runs inside another process, Pulumi's SDK fails it for the error alone, and the exit code is not ours.
    if (ownsProcess()) process.exitCode = failedAfterTelling;
  });
  outputs[adoptedKey]?.apply((isAdopted) => {
    if (isAdopted === true) adoptions.count();
  });
}

/** Tells, when the program has ended and everything has been previewed, how much of it is only adopted. */
const adoptions = new (class {
  #number = 0;

  count(): void {
    if (this.#number++ > 0) return;
    process.once("beforeExit", () => {
      const [subject, verb] = this.#number === 1 ? ["1 resource", "is"] : [`${this.#number} resources`, "are"];
      void pulumi.log.info(
        `${subject} of those to create ${verb} in the database as declared and ${verb} adopted unchanged: nothing is executed for them`,
      );
    });
  }
})();

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
