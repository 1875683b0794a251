import { createRequire } from "node:module";
import { credentials } from "@grpc/grpc-js";
import type { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb.js";

const require = createRequire(import.meta.url);

export type Severity = "info" | "warning";

/** The engine's own service: lines sent there appear under the resource in the preview. */
export class Engine {
  readonly #client: EngineClient;

  constructor(address: string) {
    const { EngineClient } =
      require("@pulumi/pulumi/proto/engine_grpc_pb.js") as typeof import("@pulumi/pulumi/proto/engine_grpc_pb.js");
    this.#client = new EngineClient(address, credentials.createInsecure());
  }

  log(severity: Severity, urn: string, message: string): Promise<void> {
    const { LogRequest, LogSeverity } =
      require("@pulumi/pulumi/proto/engine_pb.js") as typeof import("@pulumi/pulumi/proto/engine_pb.js");
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
