import * as pulumi from "@pulumi/pulumi";

/**
 * The call by which a program tells the engine that it declares nothing more. The engine answers it when it has done everything, deletions
 * included. An engine or an SDK that is too old has no such call.
 * @see https://github.com/pulumi/pulumi/blob/master/proto/pulumi/resource.proto
 */
export type Shutdown = (request: unknown, answer: (error: GrpcError | null, response: unknown) => void) => void;

export type GrpcError = Error & { readonly code?: number };

/**
 * Puts something around that call. Undocumented: the SDK makes it itself, when the event loop is empty.
 * @returns false where this version of the SDK has no such call
 */
export function aroundShutdown(around: (shutdown: Shutdown) => Shutdown): boolean {
  const monitor = pulumi.runtime.getMonitor() as unknown as { signalAndWaitForShutdown?: Shutdown } | undefined;
  if (monitor?.signalAndWaitForShutdown === undefined) return false;
  monitor.signalAndWaitForShutdown = around(monitor.signalAndWaitForShutdown.bind(monitor));
  return true;
}
