import { createServer } from "node:net";
import { InputError } from "../errors/errors.ts";
import { type Cluster, PortTaken } from "./cluster.ts";
import type { Postmaster } from "./postmaster.ts";

/** Spreads clones over the range, so that each keeps its own port. */
export function choosePort(seed: number): number {
  return firstPort + (seed % portCount);
}

/**
 * Starts a server on the wanted port, or on the next one that is free. If another program takes the port between the
 * check and the server's start, the next one is tried.
 */
export async function startOnFreePort(cluster: Cluster, wanted: number): Promise<Postmaster> {
  for (let first = wanted, tries = 0; ; tries += 1) {
    const port = await findFreePort(first);
    try {
      return await cluster.start(port);
    } catch (error) {
      if (!(error instanceof PortTaken) || tries === 10) {
        throw error;
      }
      first = port + 1;
    }
  }
}

/** The range is below the ports that systems use for outgoing connections, so that none of these takes the port. */
const firstPort = 15_432;
const portCount = 12_000;

/** Finds a free port at or after the one given. */
export async function findFreePort(first: number): Promise<number> {
  const start = Math.max(first - firstPort, 0);
  for (let offset = 0; offset < portCount; offset += 1) {
    const port = choosePort(start + offset);
    if (await isFree(port)) {
      return port;
    }
  }
  throw new InputError(
    `no port between ${firstPort} and ${firstPort + portCount} is free. Stop a program that listens on one of them, and run this again`,
  );
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => server.close(() => resolve(true)));
  });
}
