import { credentials } from "@grpc/grpc-js";
import type { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import { engineDefinition, engineMessages } from "./protocol.ts";

export type Severity = "info" | "warning";

/** The engine's own service: lines sent there appear under the resource in the preview. */
export class Engine {
  readonly #client: EngineClient;

  constructor(address: string) {
    this.#client = new engineDefinition.EngineClient(address, credentials.createInsecure());
  }

  log(severity: Severity, urn: string, message: string): Promise<void> {
    const { LogRequest, LogSeverity } = engineMessages;
    const request = new LogRequest();
    request.setUrn(urn);
    request.setMessage(message);
    request.setSeverity(severity === "warning" ? LogSeverity.WARNING : LogSeverity.INFO);
    return new Promise((resolve) => this.#client.log(request, () => resolve()));
  }

  close(): void {
    this.#client.close();
  }
}
