import messages from "@pulumi/pulumi/proto/provider_pb.js";
import struct from "google-protobuf/google/protobuf/struct_pb.js";
import { ResourceProviderService } from "../../infra/provider/service.ts";
import { projectDirectory } from "../../infra/settings/project-folder.ts";
import { differences, type Properties } from "../../infra/values/properties.ts";
import { type Call, callInProcess } from "./calls.ts";
import type { Declaration } from "./workload.ts";

/** A resource as the engine's state holds it. */
export interface StoredResource {
  readonly urn: string;
  readonly id: string;
  readonly inputs: Properties;
  readonly outputs: Properties;
}

/** What the engine asks about one resource of its state, already in bytes: to write them is not the provider's work. */
export interface Questions {
  readonly read: Uint8Array;
  readonly diff: Uint8Array;
  readonly check: Uint8Array;
}

/** The engine's side of a preview and of an update, with as many calls at a time as it makes. */
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
    await this.#call("configure", request.serializeBinary());
  }

  /** Creates everything. @returns what the engine would then have in its state */
  async create(declarations: readonly Declaration[]): Promise<StoredResource[]> {
    // Policies call functions, so these come first, as a program's dependencies say.
    const functions = declarations.filter(({ kind }) => kind === "Function");
    const others = declarations.filter(({ kind }) => kind !== "Function");
    const made = await inParallel(functions, (declaration) => this.#create(declaration));
    return [...made, ...(await inParallel(others, (declaration) => this.#create(declaration)))];
  }

  /** @returns the answers, for `expectNoChange` */
  async readAndDiff(questions: readonly Questions[]): Promise<{ read: Buffer; diff: Buffer }[]> {
    return await inParallel(questions, async ({ read, diff }) => ({
      read: await this.#call("read", read),
      diff: await this.#call("diff", diff),
    }));
  }

  async check(questions: readonly Questions[]): Promise<void> {
    const answers = await inParallel(questions, ({ check }) => this.#call("check", check));
    answers.forEach(readChecked);
  }

  async #create(declaration: Declaration): Promise<StoredResource> {
    const urn = urnOf(declaration);
    const inputs = readChecked(await this.#call("check", writeCheck(urn, declaration.inputs, {})));
    const request = new messages.CreateRequest();
    request.setUrn(urn);
    request.setProperties(toStruct(inputs));
    const created = messages.CreateResponse.deserializeBinary(await this.#call("create", request.serializeBinary()));
    return { urn, id: created.getId(), inputs, outputs: toProperties(created.getProperties()) };
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

export function writeQuestions(stored: readonly StoredResource[], declarations: readonly Declaration[]): Questions[] {
  const declared = new Map(declarations.map((declaration) => [urnOf(declaration), declaration.inputs]));
  return stored.map(({ urn, id, inputs, outputs }) => {
    const read = new messages.ReadRequest();
    read.setUrn(urn);
    read.setId(id);
    read.setInputs(toStruct(inputs));
    read.setProperties(toStruct(outputs));
    const diff = new messages.DiffRequest();
    diff.setUrn(urn);
    diff.setId(id);
    diff.setOlds(toStruct(outputs));
    diff.setOldInputs(toStruct(inputs));
    diff.setNews(toStruct(inputs));
    const check = writeCheck(urn, declared.get(urn) ?? {}, inputs);
    return { read: read.serializeBinary(), diff: diff.serializeBinary(), check };
  });
}

/** @throws an error where a resource was read as something else than the state has, or found to differ */
export function expectNoChange(
  stored: readonly StoredResource[],
  answers: readonly { readonly read: Buffer; readonly diff: Buffer }[],
): void {
  for (const [index, { urn, id, inputs }] of stored.entries()) {
    const { read, diff } = answers[index] ?? { read: Buffer.alloc(0), diff: Buffer.alloc(0) };
    const found = messages.ReadResponse.deserializeBinary(read);
    const changes = messages.DiffResponse.deserializeBinary(diff).getChanges();
    const drift = differences(inputs, toProperties(found.getInputs()));
    if (found.getId() !== id || drift.length > 0 || changes !== messages.DiffResponse.DiffChanges.DIFF_NONE) {
      throw new Error(`${urn} was to be found as it is, and differs: ${JSON.stringify(drift)}`);
    }
  }
}

function writeCheck(urn: string, news: Properties, olds: Properties): Uint8Array {
  const request = new messages.CheckRequest();
  request.setUrn(urn);
  request.setNews(toStruct(news));
  request.setOlds(toStruct(olds));
  return request.serializeBinary();
}

function readChecked(answer: Buffer): Properties {
  const response = messages.CheckResponse.deserializeBinary(answer);
  const [failure] = response.getFailuresList();
  if (failure) throw new Error(`${failure.getProperty()}: ${failure.getReason()}`);
  return toProperties(response.getInputs());
}

function toStruct(properties: Properties): struct.Struct {
  return struct.Struct.fromJavaScript(properties as Parameters<typeof struct.Struct.fromJavaScript>[0]);
}

function toProperties(found: struct.Struct | undefined): Properties {
  return (found?.toJavaScript() ?? {}) as Properties;
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
