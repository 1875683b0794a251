import { Client, credentials, type MethodDefinition, type UntypedServiceImplementation } from "@grpc/grpc-js";
import sdkDefinition from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import { serviceDefinition } from "../../infra/provider/protocol.ts";

/** One call of the provider's service, from bytes to bytes, whatever way they go. */
export type Call = (method: string, request: Uint8Array) => Promise<Buffer>;

/** Calls the service's own functions, without a network between. */
export function callInProcess(implementation: UntypedServiceImplementation): Call {
  return (method, request) =>
    new Promise((resolve, reject) => {
      const { requestDeserialize, responseSerialize } = definitionOf(serviceDefinition, method);
      const handle = implementation[method] as unknown as Unary;
      handle({ request: requestDeserialize(Buffer.from(request)) }, (error, response) =>
        error ? reject(toError(error)) : resolve(responseSerialize(response)),
      );
    });
}

/** Calls a provider that listens on a port, as the engine does. */
export function callByPort(port: number): { readonly call: Call; close(): void } {
  const limits = { "grpc.max_receive_message_length": 1 << 28, "grpc.max_send_message_length": 1 << 28 };
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), limits);
  return {
    call: (method, request) =>
      new Promise((resolve, reject) => {
        const { path } = definitionOf(sdkDefinition.ResourceProviderService, method);
        client.makeUnaryRequest(path, asItIs, asItIs, Buffer.from(request), (error, response) =>
          error ? reject(toError(error)) : resolve(response ?? Buffer.alloc(0)),
        );
      }),
    close: () => client.close(),
  };
}

type Unary = (
  call: { request: object },
  callback: (error: { details?: string } | null, response: object) => void,
) => void;

function definitionOf(service: object, method: string): MethodDefinition<object, object> {
  const definition = (service as Readonly<Record<string, MethodDefinition<object, object>>>)[method];
  if (definition === undefined) throw new Error(`the service has no method ${method}`);
  return definition;
}

function asItIs(bytes: Buffer): Buffer {
  return bytes;
}

function toError(error: { details?: string }): Error {
  return error instanceof Error ? error : new Error(error.details ?? "the call failed");
}
