import { existsSync } from "node:fs";
import { Server, ServerCredentials } from "@grpc/grpc-js";
import { providerDefinition } from "./protocol.ts";
import { SeenStates, seenStatesFile } from "./seen-states.ts";
import { findProjectDirectory, ResourceProviderService, type ServiceOptions } from "./service.ts";

/** Starts the service on a free port of this machine. */
export async function serve(options: ServiceOptions): Promise<{ port: number; close(): Promise<void> }> {
  const { ResourceProviderService: definition } = providerDefinition;
  const service = new ResourceProviderService(options);
  const server = new Server({ "grpc.max_receive_message_length": 1 << 28, "grpc.max_send_message_length": 1 << 28 });
  server.addService(definition as never, service.implementation());
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return {
    port,
    async close() {
      server.forceShutdown();
      await service.close();
    },
  };
}

/** Run as a plugin: the engine's address is the last argument, and the port goes to the first line of stdout. */
export async function runPlugin(args: readonly string[]): Promise<void> {
  const engineAddress = args.filter((arg) => !arg.startsWith("-")).at(-1);
  const projectDirectory = findProjectDirectory(process.cwd(), existsSync);
  const { port, close } = await serve({
    projectDirectory,
    seen: new SeenStates(seenStatesFile(projectDirectory)),
    ...(engineAddress === undefined ? {} : { engineAddress }),
  });
  const stop = () => void close().finally(() => process.exit(0));
  process.on("SIGTERM", stop);
  // So the engine ends a plugin that it needs no longer, and waits five seconds for it to go. No Ctrl-C of a terminal's comes here: the
  // plugin is in a process group of its own, and hears of that one by Cancel.
  process.on("SIGINT", stop);
  // An engine that was killed says nothing; what is being written is finished or rolled back, and nobody would end this process.
  const engine = process.ppid;
  setInterval(() => process.ppid !== engine && stop(), 1000).unref();
  process.stdout.write(`${port}\n`);
}
