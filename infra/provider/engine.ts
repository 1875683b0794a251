import { credentials } from "@grpc/grpc-js";
import type { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import { engineDefinition, engineMessages } from "./protocol.ts";

export type Severity = "info" | "warning";

/** The engine's own service. Lines logged there appear under the resource in the preview. */
export class Engine {
  readonly #client: EngineClient;
  #sent: Promise<void> = Promise.resolve();

  constructor(address: string) {
    this.#client = new engineDefinition.EngineClient(address, credentials.createInsecure());
  }

  /** Logs lines in order. */
  log(severity: Severity, urn: string, message: string): void {
    const { LogRequest, LogSeverity } = engineMessages;
    const request = new LogRequest();
    request.setUrn(urn);
    request.setMessage(message);
    request.setSeverity(severity === "warning" ? LogSeverity.WARNING : LogSeverity.INFO);
    this.#sent = this.#sent.then(() => new Promise((resolve) => this.#client.log(request, () => resolve())));
  }

  /** Waits until all lines have been delivered. */
  flush(): Promise<void> {
    return this.#sent;
  }

  close(): void {
    this.#client.close();
  }
}
