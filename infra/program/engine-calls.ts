import * as pulumi from "@pulumi/pulumi";

/**
 * The call by which a program tells the engine that it will declare nothing more. The engine answers it once it has
 * done everything, including deletions. Engines and SDKs that are too old have no such call.
 * @see https://github.com/pulumi/pulumi/blob/master/proto/pulumi/resource.proto
 */
export type Shutdown = (request: unknown, answer: (error: GrpcError | null, response: unknown) => void) => void;

export type GrpcError = Error & { readonly code?: number };

/**
 * Wraps a call that the SDK makes to the engine: `registerResource`, or `signalAndWaitForShutdown`, which it makes when
 * the event loop is empty. Undocumented.
 * @returns false if there is no engine, or this version of the SDK has no such call
 */
export function aroundCall<Call extends (...args: never[]) => void>(
  name: string,
  around: (call: Call) => Call,
): boolean {
  const monitor = pulumi.runtime.getMonitor() as unknown as Record<string, Call | undefined> | undefined;
  const call = monitor?.[name];
  if (monitor === undefined || call === undefined) return false;
  monitor[name] = around(call.bind(monitor) as Call);
  return true;
}

export function aroundShutdown(around: (shutdown: Shutdown) => Shutdown): boolean {
  return aroundCall("signalAndWaitForShutdown", around);
}
