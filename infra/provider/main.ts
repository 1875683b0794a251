import { existsSync } from "node:fs";
import path from "node:path";
import { Server, ServerCredentials } from "@grpc/grpc-js";
import { Declarations } from "../desired/declarations.ts";
import { PreviewedStates, previewedStatesFile } from "../lifecycle/previewed-states.ts";
import { ReportedOnce } from "../lifecycle/reported-once.ts";
import { endWithEngine } from "../loading/end-with-engine.mjs";
import { reachFileVariable } from "../settings/reach-file.ts";
import { findProjectDirectory } from "./project-directory.ts";
import { serviceDefinition } from "./protocol.ts";
import { pulumiRun } from "./run.ts";
import { ResourceProviderService, type ServiceOptions } from "./service.ts";

/** Starts the service on a free local port. */
export async function serve(
  options: ServiceOptions,
): Promise<{ port: number; isConfigured(): boolean; close(): Promise<void> }> {
  const service = new ResourceProviderService(options);
  const server = new Server({ "grpc.max_receive_message_length": 1 << 28, "grpc.max_send_message_length": 1 << 28 });
  server.addService(serviceDefinition as never, service.implementation());
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return {
    port,
    isConfigured: () => service.isConfigured,
    async close() {
      server.forceShutdown();
      await service.close();
    },
  };
}

/**
 * Runs as a plugin: the engine's address is the last argument, and the port is printed on the first line of stdout.
 * @param engine the process id of the parent
 * @param keepCompiled caches the code that has run for the next process
 */
export async function runPlugin(args: readonly string[], engine: number, keepCompiled: () => void): Promise<void> {
  const engineAddress = args.filter((arg) => !arg.startsWith("-")).at(-1);
  const projectDirectory = findProjectDirectory(process.cwd(), existsSync);
  const run = pulumiRun(engine);
  const stateFile = previewedStatesFile(projectDirectory, run);
  const reachFile = process.env[reachFileVariable];
  const { port, isConfigured, close } = await serve({
    projectDirectory,
    run,
    previewed: new PreviewedStates(stateFile),
    declarations: new Declarations(`${stateFile}.declared`),
    reported: new ReportedOnce(`${stateFile}.reported`),
    reachFile: reachFile ? path.resolve(projectDirectory, reachFile) : undefined,
    ...(engineAddress === undefined ? {} : { engineAddress }),
  });
  const stop = () => {
    void close().finally(() => {
      // The engine starts two plugins in a preview, and one of them does nothing.
      if (isConfigured()) keepCompiled();
      process.exit(0);
    });
    setTimeout(() => process.exit(1), longestStopMilliseconds).unref();
  };
  process.on("SIGTERM", stop);
  // The engine sends SIGINT to a plugin that it no longer needs, and waits five seconds for it to end. A Ctrl-C in the
  // terminal does not arrive here: the plugin is in a separate process group, and gets Cancel instead.
  process.on("SIGINT", stop);
  // An engine that was killed sends nothing, and nobody would end this process. Running writes are rolled back, because
  // nobody is left to record them in the state.
  setInterval(() => void (process.ppid !== engine && stop()), 1000).unref();
  endWithEngine({ address: engineAddress, end: stop });
  process.stdout.write(`${port}\n`);
}

/** A server that does not respond must not keep the plugin alive. */
const longestStopMilliseconds = 4000;
