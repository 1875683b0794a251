import type { AsyncLocalStorage } from "node:async_hooks";
import * as pulumi from "@pulumi/pulumi";
import type { NumberByKind } from "../values/beside-properties.ts";
import { aroundShutdown } from "./engine-calls.ts";
import { Inputs } from "./inputs.ts";
import { type Described, findNeeds, type Made } from "./needs.ts";
import { chooseOrder, type Edge } from "./order.ts";
import { proveAccessAtEnd } from "./prove-access.ts";
import { refuseOthersOnScratch } from "./refuse-others.ts";
import { membersOf, providerOf, urnOf } from "./sdk-resources.ts";

// This has to run before the program declares anything.
refuseOthersOnScratch();

/** A resource's own description, as far as its inputs are known. */
export interface Description {
  readonly makes: Made | undefined;
  readonly needed?: readonly (string | undefined)[];
  readonly later?: readonly (string | undefined)[];
  /** Whether it comes after everything else that the program declares. Default: no. */
  readonly comesLast?: boolean;
  /** Whether it creates a function, which others of the same name overload. Default: no. */
  readonly isFunction?: boolean;
  /** Every name and text of its properties. */
  readonly words?: readonly string[];
}

interface Declaration {
  readonly resource: pulumi.Resource;
  readonly kind: string;
  readonly name: string;
  readonly properties: object;
  readonly options: pulumi.CustomResourceOptions | undefined;
  /** `known` returns an input's value, or undefined if that is not known yet. */
  readonly describe: (known: Inputs["known"]) => Description;
}

/** A resource's position in the order, requested before the resource is created. */
export interface Place {
  /** The resources to wait for, known once the whole program is. */
  readonly dependencies: Promise<pulumi.Resource[]>;
  /** The number of resources of each kind that the program has declared for the same provider; if it failed, more. */
  readonly declared: Promise<NumberByKind>;
  /**
   * The number of functions of the same name that it has declared; undefined for a resource other than a function, or
   * if a function's name is not known.
   */
  readonly overloads: Promise<number | undefined>;
  declare(declaration: Declaration): void;
}

interface Placed {
  readonly dependencies: pulumi.Resource[];
  readonly declared: NumberByKind;
  readonly overloads: number | undefined;
}

interface Declared extends Described {
  readonly comesLast: boolean;
  readonly isFunction: boolean;
  readonly resource: pulumi.Resource;
  readonly kind: string;
  /** The dependencies that the program itself states. */
  readonly told: readonly pulumi.Resource[];
}

/** The program that this process runs. If a process runs several programs, the current one. */
export function currentProgram(): Program {
  // Pulumi's own store of a run.
  const { asyncLocalStorage, globalStore } = globalThis as {
    readonly asyncLocalStorage?: AsyncLocalStorage<object>;
    readonly globalStore?: object;
  };
  const store = asyncLocalStorage?.getStore() ?? globalStore ?? globalThis;
  const program = programs.get(store) ?? new Program(ownsProcess());
  if (!programs.has(store)) {
    programs.set(store, program);
    proveAccessAtEnd();
  }
  return program;
}

/** Whether the process belongs to the program alone, as opposed to Pulumi's Automation API or mocks. */
export function ownsProcess(): boolean {
  return process.env.PULUMI_NODEJS_MONITOR !== undefined;
}

const programs = new WeakMap<object, Program>();

/** In milliseconds. */
const longestPause = 5000;

/**
 * What one program has declared. A resource is registered with the engine only once the program declares nothing more:
 * a resource that it depends on may be declared later.
 */
class Program {
  readonly #inputs = new Inputs();
  #unordered: { readonly declaration: Declaration; readonly release: (placed: Placed) => void }[] = [];
  readonly #ordered = new Map<Declared, ReadonlySet<Declared>>();
  readonly #waiting = new Set<() => void>();
  readonly #ownsProcess: boolean;
  #patience: NodeJS.Timeout | undefined;
  /** Whether the event loop was last empty only because resources waited for the order. */
  #isGoingOn = false;
  /** Tells the engine that the program has ended, in case the SDK tried to do so too early. */
  #end: (() => void) | undefined;

  /** @param ownsProcess whether the process ends when the program has nothing left to do */
  constructor(ownsProcess: boolean) {
    this.#ownsProcess = ownsProcess;
    if (!ownsProcess) return;
    process.on("beforeExit", () => this.#goOn());
    aroundShutdown((shutdown) => (request, answer) => {
      // The SDK takes an empty event loop for the end of the program.
      if (this.#isGoingOn) this.#end = () => shutdown(request, answer);
      else shutdown(request, answer);
    });
  }

  expect(): Place {
    let release: (placed: Placed) => void = () => undefined;
    const placed = new Promise<Placed>((resolve) => {
      release = resolve;
    });
    return {
      dependencies: placed.then(({ dependencies }) => dependencies),
      declared: placed.then(({ declared }) => declared),
      overloads: placed.then(({ overloads }) => overloads),
      declare: (declaration) => {
        this.#inputs.watch([declaration.properties, declaration.options?.dependsOn]);
        this.#unordered.push({ declaration, release });
        this.#expectEnd();
      },
    };
  }

  /**
   * The event loop is empty when the program has ended, or when it waits for a resource that is not registered yet. In
   * both cases, nothing more is declared before some resources are registered. If the program keeps the loop alive by
   * other means (a timer, a server), or does not own the process, a pause without new declarations counts as the end.
   */
  #expectEnd(): void {
    clearTimeout(this.#patience);
    if (this.#ownsProcess) this.#patience = setTimeout(() => this.#order(), longestPause).unref();
    else this.#patience = setTimeout(() => this.#order(), 0);
  }

  #goOn(): void {
    // After a failure, resources that depend on what failed are not registered.
    const isFailed = pulumi.log.hasErrors();
    const mayStopWaiting = this.#waiting.size > 0 && !isFailed;
    this.#isGoingOn = this.#unordered.length > 0 || mayStopWaiting;
    const end = this.#end;
    if (this.#unordered.length > 0) this.#order();
    else if (mayStopWaiting) for (const stopWaiting of this.#waiting) stopWaiting();
    else if (end !== undefined) {
      this.#end = undefined;
      // After a failure, the end of the process tells the engine.
      if (!isFailed) end();
    }
  }

  #order(): void {
    clearTimeout(this.#patience);
    const arrived = this.#unordered;
    this.#unordered = [];
    if (arrived.length === 0) return;
    const fresh = new Map(arrived.map(({ declaration, release }) => [this.#describe(declaration), release]));
    const all = [...this.#ordered.keys(), ...fresh.keys()];
    const byResource = new Map(all.map((declared) => [declared.resource, declared]));
    const told = all.flatMap((from) =>
      from.told
        .flatMap((resource) => membersOf(resource))
        .flatMap((resource) => toEdge(from, byResource.get(resource))),
    );
    const decided = [...this.#ordered].flatMap(([from, to]) => [...to].flatMap((each) => toEdge(from, each)));
    const needs = [...findNeeds(all), ...edgesToAll(all)];
    const found = needs.filter(({ from }) => fresh.has(from));
    for (const { from, to, strength } of needs) {
      if (!fresh.has(from) && fresh.has(to) && strength === "needed") warnOfLate(from.key, to.key);
    }
    // After a failure, nobody may conclude that what was not declared has left the program.
    const numbers = countByProvider(all, pulumi.log.hasErrors() ? 1 : 0);
    const overloads = countOverloads(all);
    const chosen = chooseOrder([...told, ...decided, ...found], ({ key }) => key);
    for (const [declared, release] of fresh) {
      const dependencies = chosen.get(declared) ?? new Set<Declared>();
      this.#ordered.set(declared, dependencies);
      // The SDK itself waits for dependencies that the program states.
      const own = new Set(declared.told.flatMap(membersOf));
      const others = [...dependencies].map(({ resource }) => resource).filter((resource) => !own.has(resource));
      const numberByKind = numbers.get(providerOf(declared.resource)) ?? {};
      void this.#registered(others).then((dependencies) =>
        release({ dependencies, declared: numberByKind, overloads: overloads(declared) }),
      );
    }
  }

  #describe({ resource, kind, name, properties, options, describe }: Declaration): Declared {
    const {
      makes,
      needed = [],
      later = [],
      words = [],
      comesLast = false,
      isFunction = false,
    } = describe(this.#inputs.known);
    // Within a component, waiting for the parent is not waiting for its other members.
    const parent = pulumi.CustomResource.isInstance(options?.parent) ? [options.parent] : [];
    const told = [...this.#inputs.resourcesIn([properties, options?.dependsOn]), ...parent];
    return {
      resource,
      kind,
      key: `${kind} ${name}`,
      comesLast,
      isFunction,
      words,
      makes,
      needed: needed.filter(isText),
      later: later.filter(isText),
      told,
    };
  }

  /**
   * Waits until the resources are registered, and returns them. A circle through values that the program computes can't
   * be detected in advance. So if nothing happens any more, resources that are not registered yet are no longer waited
   * for.
   */
  #registered(resources: readonly pulumi.Resource[]): Promise<pulumi.Resource[]> {
    return new Promise((resolve) => {
      const done = new Set<pulumi.Resource>();
      const finish = () => {
        this.#waiting.delete(finish);
        resolve(resources.filter((resource) => done.has(resource)));
      };
      this.#waiting.add(finish);
      const note = (resource: pulumi.Resource) => {
        done.add(resource);
        if (done.size === resources.length) finish();
      };
      if (resources.length === 0) finish();
      for (const resource of resources)
        urnOf(resource).then(
          () => note(resource),
          () => note(resource),
        );
    });
  }
}

type Provider = pulumi.ProviderResource | undefined;

function countByProvider(all: readonly Declared[], missing: number): ReadonlyMap<Provider, NumberByKind> {
  const numbers = new Map<Provider, Record<string, number>>();
  for (const { resource, kind } of all) {
    const provider = providerOf(resource);
    const ofProvider = numbers.get(provider) ?? {};
    ofProvider[kind] = (ofProvider[kind] ?? missing) + 1;
    numbers.set(provider, ofProvider);
  }
  return numbers;
}

function edgesToAll(all: readonly Declared[]): readonly Edge<Declared>[] {
  const others = all.filter(({ comesLast }) => !comesLast);
  return all.flatMap((from) =>
    from.comesLast ? others.map((to): Edge<Declared> => ({ from, to, strength: "likely" })) : [],
  );
}

/**
 * @returns how many functions share a function's name; undefined for a resource other than a function, or if its name
 * is not known
 */
function countOverloads(all: readonly Declared[]): (declared: Declared) => number | undefined {
  const numbers = new Map<string, number>();
  const nameOf = ({ makes }: Declared) => JSON.stringify(makes?.identity);
  for (const declared of all.filter(({ isFunction }) => isFunction)) {
    if (declared.makes === undefined) return () => undefined;
    numbers.set(nameOf(declared), (numbers.get(nameOf(declared)) ?? 0) + 1);
  }
  return (declared) => (declared.isFunction ? numbers.get(nameOf(declared)) : undefined);
}

function warnOfLate(user: string, maker: string): void {
  void pulumi.log.warn(
    `${user} names what ${maker} makes, and did not wait for it: the program declares ${maker} only after it has waited for another ` +
      `resource (an await, or inside apply). Declare ${maker} before that, or ${user} after it`,
  );
}

function toEdge(from: Declared, to: Declared | undefined): Edge<Declared>[] {
  return to === undefined ? [] : [{ from, to, strength: "told" }];
}

function isText(text: string | undefined): text is string {
  return text !== undefined;
}
