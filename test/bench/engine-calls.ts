import { type Client, credentials, type UntypedServiceImplementation } from "@grpc/grpc-js";
import type * as provider from "@pulumi/pulumi/proto/provider_pb.js";
import { projectDirectory } from "../../infra/local/project.ts";
import { providerMessages as messages, providerDefinition, Struct } from "../../infra/provider/protocol.ts";
import { ResourceProviderService } from "../../infra/provider/service.ts";
import type { Properties } from "../../infra/resources/properties.ts";
import type { Declaration } from "./workload.ts";

/** A resource as the engine's state holds it. */
export interface StoredResource {
  readonly urn: string;
  readonly id: string;
  readonly inputs: Properties;
  readonly outputs: Properties;
}

/** One call of the provider's service, by whatever way it goes. */
export type Call = <Response>(method: string, request: object) => Promise<Response>;

/** Calls the service's own functions, without a network between. */
export function callInProcess(implementation: UntypedServiceImplementation): Call {
  return (method, request) =>
    new Promise((resolve, reject) => {
      const handler = implementation[method] as unknown as Unary;
      handler({ request }, (error, response) => (error ? reject(toError(error)) : resolve(response as never)));
    });
}

/** Calls a provider that listens on a port, as the engine does. */
export function callByPort(port: number): { readonly call: Call; close(): void } {
  const limits = { "grpc.max_receive_message_length": 1 << 28, "grpc.max_send_message_length": 1 << 28 };
  const client = new providerDefinition.ResourceProviderClient(
    `127.0.0.1:${port}`,
    credentials.createInsecure(),
    limits,
  ) as unknown as Client & Readonly<Record<string, Unary>>;
  return {
    call: (method, request) =>
      new Promise((resolve, reject) => {
        client[method]?.(request, (error, response) => (error ? reject(toError(error)) : resolve(response as never)));
      }),
    close: () => client.close(),
  };
}

/** The engine's side of a preview and of an update, with as many calls at a time as the engine makes on a small machine. */
export class EngineCalls {
  readonly #call: Call;

  constructor(call: Call) {
    this.#call = call;
  }

  /** @param connection the name of the environment variable that holds the connection string */
  async configure(connection: string): Promise<void> {
    const request = new messages.ConfigureRequest();
    request.setArgs(toStruct({ connection }));
    request.setUrn("urn:pulumi:bench::palisade::pulumi:providers:palisade::default");
    await this.#call("configure", request);
  }

  /** Creates everything, in the order declared. @returns what the engine would then have in its state */
  async create(declarations: readonly Declaration[]): Promise<StoredResource[]> {
    // Policies call functions, so these come first, as a program's dependencies say.
    const functions = declarations.filter(({ kind }) => kind === "Function");
    const others = declarations.filter(({ kind }) => kind !== "Function");
    const made = await inParallel(functions, (declaration) => this.#create(declaration));
    return [...made, ...(await inParallel(others, (declaration) => this.#create(declaration)))];
  }

  /** @returns how many resources are gone or differ from what the state says */
  async readAndDiff(requests: readonly ReadRequests[]): Promise<number> {
    const changes = await inParallel(requests, async ({ read, diff }) => {
      const found = await this.#call<provider.ReadResponse>("read", read);
      if (found.getId() === "") return 1;
      diff.setOldInputs(found.getInputs());
      diff.setOlds(found.getProperties());
      const answer = await this.#call<provider.DiffResponse>("diff", diff);
      return answer.getChanges() === messages.DiffResponse.DiffChanges.DIFF_NONE ? 0 : 1;
    });
    return changes.reduce<number>((sum, change) => sum + change, 0);
  }

  async check(requests: readonly provider.CheckRequest[]): Promise<void> {
    await inParallel(requests, (request) => this.#check(request));
  }

  async #create(declaration: Declaration): Promise<StoredResource> {
    const [check = new messages.CheckRequest()] = writeCheckRequests([declaration]);
    const checked = await this.#check(check);
    const request = new messages.CreateRequest();
    request.setUrn(urnOf(declaration));
    request.setProperties(checked.getInputs());
    const created = await this.#call<provider.CreateResponse>("create", request);
    return {
      urn: urnOf(declaration),
      id: created.getId(),
      inputs: (checked.getInputs()?.toJavaScript() ?? {}) as Properties,
      outputs: (created.getProperties()?.toJavaScript() ?? {}) as Properties,
    };
  }

  async #check(request: provider.CheckRequest): Promise<provider.CheckResponse> {
    const checked = await this.#call<provider.CheckResponse>("check", request);
    const [failure] = checked.getFailuresList();
    if (failure) throw new Error(`${request.getUrn()}: ${failure.getProperty()}: ${failure.getReason()}`);
    return checked;
  }
}

/** Deploys without an engine, in this process. @returns what the engine would then have in its state */
export async function createDirectly(
  connectionString: string,
  declarations: readonly Declaration[],
): Promise<StoredResource[]> {
  process.env.BENCH_URL = connectionString;
  const service = new ResourceProviderService({ projectDirectory });
  const engine = new EngineCalls(callInProcess(service.implementation()));
  await engine.configure("BENCH_URL");
  const stored = await engine.create(declarations);
  await service.close();
  delete process.env.BENCH_URL;
  return stored;
}

/** What the engine asks about one resource that the state knows. */
export interface ReadRequests {
  readonly read: provider.ReadRequest;
  readonly diff: provider.DiffRequest;
}

/** Written beforehand: what the engine takes to write its messages is not the provider's time. */
export function writeReadRequests(stored: readonly StoredResource[]): ReadRequests[] {
  return stored.map(({ urn, id, inputs, outputs }) => {
    const read = new messages.ReadRequest();
    read.setUrn(urn);
    read.setId(id);
    read.setInputs(toStruct(inputs));
    read.setProperties(toStruct(outputs));
    const diff = new messages.DiffRequest();
    diff.setUrn(urn);
    diff.setId(id);
    diff.setNews(toStruct(inputs));
    return { read, diff };
  });
}

/** @param stored what the state has; without it everything is new */
export function writeCheckRequests(
  declarations: readonly Declaration[],
  stored: readonly StoredResource[] = [],
): provider.CheckRequest[] {
  const inputs = new Map(stored.map((resource) => [resource.urn, resource.inputs]));
  return declarations.map((declaration) => {
    const request = new messages.CheckRequest();
    const old = inputs.get(urnOf(declaration));
    request.setUrn(urnOf(declaration));
    request.setNews(toStruct(declaration.inputs));
    if (old !== undefined) request.setOlds(toStruct(old));
    return request;
  });
}

function toStruct(properties: Properties) {
  return Struct.fromJavaScript(properties as Parameters<typeof Struct.fromJavaScript>[0]);
}

type Unary = (request: object, callback: (error: { details?: string } | null, response: unknown) => void) => void;

function toError(error: { details?: string }): Error {
  return error instanceof Error ? error : new Error(error.details ?? "the call failed");
}

function urnOf({ kind, name }: Declaration): string {
  return `urn:pulumi:bench::palisade::palisade:index:${kind}::${name}`;
}

const callsAtATime = 16;

async function inParallel<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const waiting = items.entries();
  const workers = Array.from({ length: callsAtATime }, async () => {
    for (const [index, item] of waiting) results[index] = await work(item);
  });
  await Promise.all(workers);
  return results;
}
