import { randomUUID } from "node:crypto";
import type { UntypedServiceImplementation } from "@grpc/grpc-js";
import type * as provider from "@pulumi/pulumi/proto/provider_pb.js";
import { Declarations } from "../desired/declarations.ts";
import { describeError, InputError } from "../errors/errors.ts";
import { kindNamed, kindOfUrn } from "../kinds/registry.ts";
import * as apply from "../lifecycle/apply.ts";
import { checkInProgram } from "../lifecycle/check.ts";
import type { Context } from "../lifecycle/context.ts";
import { diff } from "../lifecycle/diff.ts";
import type { Kind } from "../lifecycle/kind.ts";
import * as preview from "../lifecycle/preview.ts";
import { PreviewedStates } from "../lifecycle/previewed-states.ts";
import { read } from "../lifecycle/read.ts";
import { ReportedOnce } from "../lifecycle/reported-once.ts";
import { adoptedKey, impactKey, previewErrorKey } from "../values/beside-properties.ts";
import type { Properties } from "../values/properties.ts";
import { checkConfiguration, diffConfiguration } from "./configuration-calls.ts";
import {
  addFingerprint,
  checkResponse,
  declaredBy,
  diffResponse,
  fingerprintIn,
  holdsUnknown,
  keptIn,
  liveStruct,
  plain,
  requireChecked,
  struct,
} from "./conversion.ts";
import { Engine, type Severity } from "./engine.ts";
import { Operations } from "./operations.ts";
import { Empty, providerMessages as messages, pluginMessages } from "./protocol.ts";
import { writeReachFile } from "./reach-file.ts";
import { packageSchema, version } from "./schema.ts";
import { unary } from "./unary.ts";

export interface ServiceOptions {
  readonly engineAddress?: string;
  readonly projectDirectory: string;
  /** What this run of Pulumi has shown so far. Default: nothing. */
  readonly previewed?: PreviewedStates;
  /** What this run's preview found declared. Default: nothing. */
  readonly declarations?: Declarations;
  /** What this run has reported once and for all. Default: nothing. */
  readonly reported?: ReportedOnce;
  /** The file for the preview's changes to access. Default: none. */
  readonly reachFile?: string | undefined;
  /** Distinguishes this run of Pulumi from others. Default: a new run. */
  readonly run?: string;
}

/**
 * The `ResourceProvider` service. It only translates the engine's messages into calls of preview and apply.
 * @see https://pulumi-developer-docs.readthedocs.io/latest/docs/_generated/proto/provider.html
 */
export class ResourceProviderService {
  #engine: Engine | undefined;
  readonly #operations: Operations;
  readonly #previewed: PreviewedStates;
  readonly #declarations: Declarations;
  readonly #reachFile: string | undefined;
  /** Whether the engine is carrying out an update. */
  #isUpdating = false;
  #isCancelled = false;

  constructor(options: ServiceOptions) {
    const { projectDirectory, run = randomUUID() } = options;
    this.#previewed = options.previewed ?? new PreviewedStates();
    this.#declarations = options.declarations ?? new Declarations();
    this.#operations = new Operations({
      projectDirectory,
      run,
      previewed: this.#previewed,
      declarations: this.#declarations,
      reported: options.reported ?? new ReportedOnce(),
    });
    this.#reachFile = options.reachFile;
    if (options.engineAddress) this.#engine = new Engine(options.engineAddress);
  }

  implementation(): UntypedServiceImplementation {
    return {
      handshake: unary(async (request: provider.ProviderHandshakeRequest) => {
        if (request.getEngineAddress()) this.#connectEngine(request.getEngineAddress());
        return new messages.ProviderHandshakeResponse();
      }),
      attach: unary(async (request: import("@pulumi/pulumi/proto/plugin_pb.js").PluginAttach) => {
        this.#connectEngine(request.getAddress());
        return new Empty();
      }),
      getPluginInfo: unary(async () => new pluginMessages.PluginInfo().setVersion(version)),
      getSchema: unary(async () => new messages.GetSchemaResponse().setSchema(JSON.stringify(packageSchema()))),
      checkConfig: unary(async (request: provider.CheckRequest) =>
        checkConfiguration(request, this.#operations.projectDirectory),
      ),
      diffConfig: unary(async (request: provider.DiffRequest) => diffConfiguration(request)),
      configure: unary(async (request: provider.ConfigureRequest) => this.#configure(request)),
      check: unary(async (request: provider.CheckRequest) => this.#reporting(this.#check(request))),
      diff: unary(async (request: provider.DiffRequest) => this.#diff(request)),
      create: unary(async (request: provider.CreateRequest) => this.#reporting(this.#create(request))),
      read: unary(async (request: provider.ReadRequest) => this.#reporting(this.#read(request))),
      update: unary(async (request: provider.UpdateRequest) => this.#reporting(this.#update(request))),
      delete: unary(async (request: provider.DeleteRequest) => this.#reporting(this.#delete(request))),
      cancel: unary(async () => {
        this.#isCancelled = true;
        await this.#operations.cancel();
        return new Empty();
      }),
      getMapping: unary(async () => new messages.GetMappingResponse()),
      getMappings: unary(async () => new messages.GetMappingsResponse()),
    };
  }

  /** Whether the engine has made a call that needs the configuration. */
  get isConfigured(): boolean {
    return this.#operations.isConfigured;
  }

  /** Rolls back running writes, and ends. */
  async close(): Promise<void> {
    try {
      await this.#operations.close();
    } finally {
      await this.#writeReach();
      this.#engine?.close();
    }
  }

  /** Called when the engine ends the plugin, which it does after everything has been previewed. */
  async #writeReach(): Promise<void> {
    const operation = this.#operations.latest;
    if (this.#reachFile === undefined || operation === undefined || this.#isUpdating || this.#isCancelled) return;
    try {
      writeReachFile(this.#reachFile, operation);
    } catch (error) {
      this.#engine?.log(
        "warning",
        "",
        `Who gains and loses access could not be written to ${this.#reachFile}: ${describeError(error)}`,
      );
      await this.#engine?.flush();
    }
  }

  #connectEngine(address: string): void {
    this.#engine?.close();
    this.#engine = new Engine(address);
  }

  async #configure(request: provider.ConfigureRequest): Promise<provider.ConfigureResponse> {
    await this.#operations.begin(plain(request.getArgs()), request.getUrn() ?? "");
    return new messages.ConfigureResponse().setSupportspreview(true);
  }

  async #check(request: provider.CheckRequest): Promise<provider.CheckResponse> {
    const kind = kindOfUrn(request.getUrn());
    const { properties: news, tellsErrors, parents, declared, overloads } = declaredBy(request.getNews());
    const olds = plain(request.getOlds());
    const old = Object.keys(olds).length > 0 ? olds : undefined;
    this.#declarations.noteResource(request.getUrn(), { former: old, parents, overloads, tellsErrors });
    this.#declarations.expect(declared, (name) => kindNamed(name)?.access !== undefined);
    // Unknown values can't be brought into normal form. The update checks the resource again once every value is known.
    if (holdsUnknown(news)) return checkResponse(news);
    const log = (severity: Severity, urn: string, message: string) => this.#engine?.log(severity, urn, message);
    const result = await checkInProgram(kind, news, old, this.#context(request.getUrn()), log);
    return checkResponse(Array.isArray(result) ? result : addFingerprint(result as Properties, olds));
  }

  #diff(request: provider.DiffRequest): provider.DiffResponse {
    const kind = kindOfUrn(request.getUrn());
    const [old, news] = [plain(request.getOldInputs()), plain(request.getNews())];
    const found = diff(kind, request.getUrn(), old, news, this.#operations.current());
    return diffResponse(kind, found, request.getIgnorechangesList());
  }

  async #create(request: provider.CreateRequest): Promise<provider.CreateResponse> {
    const kind = kindOfUrn(request.getUrn());
    const desired = plain(request.getProperties());
    const context = this.#context(request.getUrn(), request.getTimeout());
    const response = new messages.CreateResponse();
    response.setRefreshBeforeUpdate(true);
    if (request.getPreview()) {
      const outcome = holdsUnknown(desired)
        ? {}
        : await this.#outcome(kind, desired, context, preview.previewCreate(kind, desired, context));
      return response.setProperties(struct({ ...desired, ...outcome }));
    }
    this.#isUpdating = true;
    const { id, inputs, kept } = await apply.create(kind, requireChecked(request.getProperties()), context);
    return response.setId(id).setProperties(struct({ ...inputs, ...kept }));
  }

  async #read(request: provider.ReadRequest): Promise<provider.ReadResponse> {
    const kind = kindOfUrn(request.getUrn());
    const found = await read(
      kind,
      request.getId(),
      plain(request.getInputs()),
      keptIn(request.getProperties()),
      this.#context(request.getUrn()),
    );
    const response = new messages.ReadResponse();
    response.setRefreshBeforeUpdate(true);
    if (found === undefined) return response;
    const inputs = liveStruct(found.inputs);
    return response
      .setId(found.id)
      .setInputs(inputs.and(fingerprintIn(request.getInputs())))
      .setProperties(inputs.and(found.kept));
  }

  async #update(request: provider.UpdateRequest): Promise<provider.UpdateResponse> {
    const kind = kindOfUrn(request.getUrn());
    const desired = plain(request.getNews());
    const context = this.#context(request.getUrn(), request.getTimeout());
    const response = new messages.UpdateResponse();
    response.setRefreshBeforeUpdate(true);
    if (request.getPreview()) {
      const outcome = holdsUnknown(desired)
        ? {}
        : await this.#outcome(
            kind,
            desired,
            context,
            preview.previewUpdate(kind, plain(request.getOldInputs()), desired, context),
          );
      return response.setProperties(struct({ ...desired, ...outcome }));
    }
    this.#isUpdating = true;
    const old = { inputs: plain(request.getOldInputs()), kept: keptIn(request.getOlds()) };
    const news = requireChecked(request.getNews());
    const { inputs, kept } = await apply.update(kind, request.getId(), old, news, context);
    return response.setProperties(struct({ ...inputs, ...kept }));
  }

  async #delete(request: provider.DeleteRequest): Promise<InstanceType<typeof Empty>> {
    this.#isUpdating = true;
    await apply.remove(
      kindOfUrn(request.getUrn()),
      request.getId(),
      { inputs: plain(request.getOldInputs()), kept: keptIn(request.getProperties()) },
      this.#context(request.getUrn()),
    );
    return new Empty();
  }

  /**
   * The result of a preview. If the program reports errors itself, the error is returned as an output, and the preview
   * continues.
   */
  async #outcome(
    kind: Kind,
    desired: Properties,
    { operation, urn }: Context,
    call: Promise<boolean>,
  ): Promise<Properties> {
    try {
      const isAdopted = await call;
      const { lines = [] } = operation.impacts.get(urn) ?? {};
      return {
        ...(isAdopted ? { [adoptedKey]: true } : {}),
        ...(lines.length > 0 ? { [impactKey]: JSON.stringify(lines) } : {}),
      };
    } catch (error) {
      operation.unmade.noteFailure(kind, desired, urn);
      if (!(error instanceof InputError) || this.#declarations.notesOn(urn).tellsErrors !== true) throw error;
      return { [previewErrorKey]: describeError(error) };
    }
  }

  /**
   * A call ends only after all its messages have been delivered: the engine may end the plugin immediately afterwards.
   */
  async #reporting<T>(call: Promise<T>): Promise<T> {
    try {
      return await call;
    } finally {
      await this.#engine?.flush();
    }
  }

  #context(urn: string, timeoutSeconds = 0): Context {
    const report = (severity: Severity, message: string) => this.#engine?.log(severity, urn, message);
    const timeout = timeoutSeconds > 0 ? { timeoutSeconds } : {};
    return { operation: this.#operations.current(), urn, previewed: this.#previewed, report, ...timeout };
  }
}
