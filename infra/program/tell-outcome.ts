import * as pulumi from "@pulumi/pulumi";
import type { ImpactLine } from "../access/impact/notes.ts";
import { summariseImpact } from "../access/impact/summary.ts";
import {
  adoptedKey,
  declaredKey,
  impactKey,
  overloadsKey,
  parentsKey,
  previewErrorKey,
  tellsErrorsKey,
} from "../values/beside-properties.ts";
import { ownsProcess, type Place } from "./program.ts";

/** What the provider gets in addition to a resource's properties, so that `tellOutcome` has something to report. */
export function besideProperties(
  options: pulumi.CustomResourceOptions | undefined,
  { declared, overloads }: Place,
): pulumi.Inputs {
  const parents = parentsOf(options?.parent);
  return {
    [tellsErrorsKey]: true,
    [declaredKey]: declared,
    [overloadsKey]: overloads,
    [previewErrorKey]: undefined,
    [adoptedKey]: undefined,
    [impactKey]: undefined,
    ...(parents.length > 0 ? { [parentsKey]: parents } : {}),
  };
}

/**
 * The engine ends a preview at the first error, so resources that depend on the failed one, or merely come later, would
 * not be shown. In a preview, the provider therefore returns an error as an output. It is reported from here, the
 * preview runs to its end, and then fails. The engine also counts adopted objects as created, so their number is
 * reported here at the end.
 */
export function tellOutcome(resource: pulumi.CustomResource): void {
  const outputs = resource as unknown as Readonly<Record<string, pulumi.Output<unknown>>>;
  outputs[previewErrorKey]?.apply((message) => {
    if (typeof message !== "string") return;
    void pulumi.log.error(message, resource);
    // If the program runs inside another process, the reported error alone makes Pulumi's SDK fail the run; the exit code belongs to that process.
    if (ownsProcess()) process.exitCode = failedAfterTelling;
  });
  outputs[adoptedKey]?.apply((isAdopted) => {
    if (isAdopted === true) adoptions.count();
  });
  outputs[impactKey]?.apply((lines) => {
    if (typeof lines === "string") impacts.note(JSON.parse(lines) as ImpactLine[]);
  });
}

/** Reports how many objects are only adopted, once the program has ended and everything has been previewed. */
const adoptions = new (class {
  #number = 0;

  count(): void {
    if (this.#number++ > 0) return;
    process.once("beforeExit", () => {
      const objects = this.#number === 1 ? "1 object as it is" : `${this.#number} objects as they are`;
      void pulumi.log.info(`takes over ${objects}: no statement is executed for ${this.#number === 1 ? "it" : "them"}`);
    });
  }
})();

/**
 * Reports how many gain and lose access in the whole preview, once everything has been previewed. The message belongs
 * to the stack, and is shown before all others.
 */
const impacts = new (class {
  readonly #lines: ImpactLine[] = [];

  note(lines: readonly ImpactLine[]): void {
    if (this.#lines.length === 0) process.once("beforeExit", () => this.#tell());
    this.#lines.push(...lines);
  }

  #tell(): void {
    const summary = summariseImpact(this.#lines);
    if (summary?.severity === "warning") void pulumi.log.warn(summary.message);
    else if (summary !== undefined) void pulumi.log.info(summary.message);
  }
})();

/** The exit code of a program that failed and has reported the error itself. */
const failedAfterTelling = 32;

/**
 * The parents from the outermost one, without the stack. A resource's type, name and parent are only in private
 * properties of the SDK.
 */
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
