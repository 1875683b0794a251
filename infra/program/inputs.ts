import * as pulumi from "@pulumi/pulumi";

/** The known inputs of a program's resources. */
export class Inputs {
  readonly #values = new WeakMap<object, unknown>();

  /** Records the values of outputs and promises when they resolve. */
  watch(value: unknown): void {
    for (const each of eventualIn(value)) {
      const note = (found: unknown) => {
        this.#values.set(each, found);
        this.watch(found);
      };
      // Whoever uses the value reports a failure.
      if (each instanceof Promise) each.then(note, () => undefined);
      else outcomeOf(each).then(note, () => undefined);
    }
  }

  /** An input's value; undefined where it is not known yet. */
  readonly known = <Value>(input: pulumi.Input<Value> | undefined): Value | undefined => {
    if (!isEventual(input)) return input as Value | undefined;
    return this.#values.has(input) ? this.known(this.#values.get(input) as pulumi.Input<Value>) : undefined;
  };

  /** The resources that a value is, contains or is computed from. */
  resourcesIn(value: unknown): pulumi.Resource[] {
    if (pulumi.Resource.isInstance(value)) return [value];
    const eventual = eventualIn(value);
    const computedFrom = eventual.flatMap((each) =>
      pulumi.Output.isInstance(each) ? [...(each as unknown as { resources(): Set<pulumi.Resource> }).resources()] : [],
    );
    const become = eventual.flatMap((each) => (this.#values.has(each) ? this.resourcesIn(this.#values.get(each)) : []));
    return [...new Set([...resourcesBeside(value), ...computedFrom, ...become])];
  }
}

function isEventual(value: unknown): value is pulumi.Output<unknown> | Promise<unknown> {
  return value instanceof Promise || pulumi.Output.isInstance(value);
}

/** The outputs and promises in a value. */
function eventualIn(value: unknown): (pulumi.Output<unknown> | Promise<unknown>)[] {
  if (isEventual(value)) return [value];
  return isPlain(value) ? Object.values(value).flatMap(eventualIn) : [];
}

function resourcesBeside(value: unknown): pulumi.Resource[] {
  if (pulumi.Resource.isInstance(value)) return [value];
  return isPlain(value) ? Object.values(value).flatMap(resourcesBeside) : [];
}

function isPlain(value: unknown): value is object {
  return typeof value === "object" && value !== null && !isEventual(value) && !pulumi.Resource.isInstance(value);
}

/** Undocumented. Unlike `apply`, it creates no further output, whose failure would go unnoticed. */
function outcomeOf(output: pulumi.Output<unknown>): Promise<unknown> {
  return (output as unknown as { promise(): Promise<unknown> }).promise();
}
