import type { Declarations } from "../desired/declarations.ts";
import { InputError } from "../errors/errors.ts";
import { kinds } from "../kinds/registry.ts";
import { ManagedObjects } from "../lifecycle/managed-objects.ts";
import { Operation } from "../lifecycle/operation.ts";
import type { PreviewedStates } from "../lifecycle/previewed-states.ts";
import type { ReportedOnce } from "../lifecycle/reported-once.ts";
import type { Properties } from "../values/properties.ts";
import { type Configuration, readConfiguration } from "./configuration.ts";

export interface OperationsOptions {
  readonly projectDirectory: string;
  /** Distinguishes this run of Pulumi from others. */
  readonly run: string;
  readonly previewed: PreviewedStates;
  readonly declarations: Declarations;
  readonly reported: ReportedOnce;
}

/**
 * The operations of one run. The engine may call Configure twice (to refresh, and then to update); calls use the latest
 * operation.
 */
export class Operations {
  readonly #options: OperationsOptions;
  readonly #operations: Operation[] = [];
  readonly #managed = new ManagedObjects();

  constructor(options: OperationsOptions) {
    this.#options = options;
  }

  get projectDirectory(): string {
    return this.#options.projectDirectory;
  }

  /** Whether the engine has made a call that needs the configuration. */
  get isConfigured(): boolean {
    return this.#operations.length > 0;
  }

  get latest(): Operation | undefined {
    return this.#operations.at(-1);
  }

  /** The operation that a call belongs to. */
  current(): Operation {
    if (this.latest === undefined) throw new Error("the engine called the provider before it configured it");
    return this.latest;
  }

  /**
   * Starts an operation with the stack's settings.
   * @throws {InputError} for invalid settings, and errors of a database that can't be reached
   */
  async begin(settings: Properties, providerUrn: string): Promise<void> {
    const { configuration, problems } = readConfiguration(settings);
    if (problems.length > 0) throw new InputError(problems);
    const stack = /^urn:pulumi:([^:]+)::/.exec(providerUrn)?.[1] ?? "";
    const operation = this.#newOperation(configuration, stack);
    this.#operations.push(operation);
    // Every resource needs the snapshot. A database that can't be reached is reported once here instead of once for
    // each resource.
    await operation.snapshot();
  }

  /** Cancels running writes, which are rolled back. */
  async cancel(): Promise<void> {
    await Promise.all(this.#operations.map((operation) => operation.cancel()));
  }

  async close(): Promise<void> {
    await this.cancel();
    await Promise.all(this.#operations.map((operation) => operation.close()));
  }

  #newOperation(configuration: Configuration, stack: string): Operation {
    const { projectDirectory, run, previewed, declarations, reported } = this.#options;
    return new Operation({
      kinds,
      connect: () => configuration.connect(projectDirectory, stack),
      connectionVariable: configuration.connection,
      declarations,
      isAsShown: (urn, id) => previewed.isAsShown(urn, id),
      managed: this.#managed,
      reportedInRun: reported,
      adopt: configuration.adopt,
      stack,
      projectDirectory,
      database: {
        ...configuration.database,
        run,
        stack,
        source: () => configuration.describeSource(projectDirectory, stack),
      },
    });
  }
}
