import { createHash } from "node:crypto";
import { createWriteStream, rmSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { runCaptured } from "../system/child-process.mjs";
import { EngineUnavailable } from "./engine.ts";
import { type Report, withProgress } from "./progress.ts";
import { engineVersion } from "./version.ts";

export interface DownloadOptions {
  /** The base URL of Pulumi's releases. */
  readonly baseUrl?: string;
  /**
   * How long to wait for a server's first response, in milliseconds. Short, so that a missing network is noticed soon.
   */
  readonly connectTimeout?: number;
  /** How long the download may stall, in milliseconds. */
  readonly stallTimeout?: number;
}

/** Downloads the official release for this platform, checks it against its published checksum and unpacks it to `bin`. */
export async function downloadEngine(folder: string, report: Report, options: DownloadOptions = {}): Promise<void> {
  const { baseUrl = "https://get.pulumi.com/releases/sdk", connectTimeout = 5_000, stallTimeout = 30_000 } = options;
  const name = `pulumi-v${engineVersion}-${process.platform}-${process.arch}.tar.gz`;
  const archive = join(folder, name);
  try {
    const checksums = await fetchText(`${baseUrl}/pulumi-${engineVersion}-checksums.txt`, connectTimeout);
    const expected = findChecksum(checksums, name);
    const actual = await saveArchive(`${baseUrl}/${name}`, archive, report, { connectTimeout, stallTimeout });
    if (actual !== expected) {
      throw new Error(`${name} is damaged: its checksum is ${actual}, published is ${expected}`);
    }
    await unpack(archive, join(folder, "bin"));
  } catch (error) {
    throw new EngineUnavailable(`the official release could not be downloaded: ${describeCause(error)}`);
  } finally {
    rmSync(archive, { force: true });
  }
}

/** Finds a file's SHA-256 in the list that each release publishes, with one line `<checksum>  <file>` for each. */
function findChecksum(checksums: string, file: string): string {
  const lines = checksums.split("\n").map((line) => line.trim().split(/\s+\*?/));
  const checksum = lines.find(([, name]) => name === file)?.[0];
  if (checksum === undefined || !/^[0-9a-f]{64}$/i.test(checksum)) {
    throw new Error(`no checksum is published for ${file}`);
  }
  return checksum.toLowerCase();
}

async function fetchText(url: string, connectTimeout: number): Promise<string> {
  const response = await fetch(url, { signal: AbortSignal.timeout(connectTimeout) });
  requireSuccess(response, url);
  return response.text();
}

/** Saves the archive and returns its SHA-256. */
async function saveArchive(
  url: string,
  path: string,
  report: Report,
  { connectTimeout, stallTimeout }: Required<Pick<DownloadOptions, "connectTimeout" | "stallTimeout">>,
): Promise<string> {
  const aborter = new AbortController();
  const giveUp = () => aborter.abort(new Error("the server stopped answering"));
  let timer = setTimeout(giveUp, connectTimeout);
  const hash = createHash("sha256");
  let received = 0;
  try {
    const response = await fetch(url, { signal: aborter.signal });
    requireSuccess(response, url);
    const { body } = response;
    if (body === null) {
      throw new Error(`${url} is empty`);
    }
    const total = Number(response.headers.get("content-length") ?? 0);
    async function* watch(): AsyncGenerator<Uint8Array> {
      for await (const chunk of Readable.fromWeb(body as import("node:stream/web").ReadableStream<Uint8Array>)) {
        clearTimeout(timer);
        timer = setTimeout(giveUp, stallTimeout);
        received += chunk.length;
        hash.update(chunk);
        yield chunk;
      }
    }
    report(`Downloading Pulumi ${engineVersion}${total > 0 ? ` (${formatMegabytes(total)})` : ""}…`);
    const describe = (elapsed: string) =>
      `Downloading Pulumi: ${formatMegabytes(received)}${total > 0 ? ` of ${formatMegabytes(total)}` : ""}, ${elapsed}`;
    await withProgress(report, describe, () => pipeline(watch, createWriteStream(path)));
  } finally {
    clearTimeout(timer);
  }
  return hash.digest("hex");
}

function requireSuccess(response: Response, url: string): void {
  if (!response.ok) {
    throw new Error(`${url} answered ${response.status} ${response.statusText}`.trim());
  }
}

async function unpack(archive: string, folder: string): Promise<void> {
  const result = await runCaptured("tar", ["-xzf", archive, "-C", folder, "--strip-components=1"]);
  if (result.exitCode !== 0) {
    throw new Error(`tar could not unpack it: ${result.stderr.trim()}`);
  }
}

function formatMegabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}

/** `fetch` only says "fetch failed"; the reason is in its cause. */
function describeCause(error: unknown): string {
  if (!(error instanceof Error)) {
    return String(error);
  }
  const { cause } = error;
  return cause instanceof Error
    ? cause.message || ("code" in cause ? String(cause.code) : error.message)
    : error.message;
}
