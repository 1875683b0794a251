import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

interface ReceivedRequest {
  readonly line: string;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: string;
}

/**
 * Stands in for a Supabase project's Storage server, which npm does not have: keeps what is asked and gives the answers it was told. It
 * shows what the contract asks for, and proves nothing about what the real server would answer.
 */
export async function startStorageStandIn(answers: Readonly<Record<string, unknown>>) {
  const requests: ReceivedRequest[] = [];
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const line = `${request.method} ${request.url}`;
    requests.push({ line, headers: request.headers, body: Buffer.concat(parts).toString() });
    response.setHeader("content-type", "application/json").end(JSON.stringify(answers[line] ?? []));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}
