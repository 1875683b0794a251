import { createHash } from "node:crypto";
import { mkdirSync, readFileSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { engineVersion } from "../../infra/engine/version.ts";
import { runCaptured } from "../../infra/system/child-process.mjs";
import { createTestFolder } from "./folder.ts";
import { writeEngine } from "./programs.ts";

type Answer = (response: ServerResponse) => void;

export const archiveName = `pulumi-v${engineVersion}-${process.platform}-${process.arch}.tar.gz`;
export const checksumsName = `pulumi-${engineVersion}-checksums.txt`;

/** An archive of the form in which Pulumi's releases come, with a `pulumi` that only knows its version. */
export async function packRelease(version: string = engineVersion): Promise<Buffer> {
  const folder = createTestFolder();
  mkdirSync(join(folder, "pulumi"));
  writeEngine(join(folder, "pulumi"), version);
  const archive = join(folder, archiveName);
  await runCaptured("tar", ["-czf", archive, "-C", folder, "pulumi"]);
  return readFileSync(archive);
}

export function listChecksums(archive: Buffer): string {
  const checksum = createHash("sha256").update(archive).digest("hex");
  return `${"0".repeat(64)}  pulumi-v${engineVersion}-windows-x64.zip\n${checksum}  ${archiveName}\n`;
}

/** Serves these files (or does as told) and returns the address to download from. */
export async function serveRelease(files: Readonly<Record<string, string | Buffer | Answer>>): Promise<string> {
  const server = createServer((request, response) => {
    const file = files[(request.url ?? "").slice(1)];
    if (typeof file === "function") {
      file(response);
    } else {
      response.writeHead(file === undefined ? 404 : 200).end(file);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
