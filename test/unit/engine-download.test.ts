import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { downloadEngine } from "../../infra/engine/download.ts";
import { askVersion } from "../../infra/engine/installed.ts";
import { engineVersion } from "../../infra/engine/version.ts";
import { createTestFolder } from "../support/folder.ts";
import { archiveName, checksumsName, listChecksums, packRelease, serveRelease } from "../support/release-server.ts";

function createTarget(): string {
  const folder = createTestFolder();
  mkdirSync(join(folder, "bin"));
  return folder;
}

describe("downloading the official release", () => {
  it("unpacks what was published, and leaves no archive behind", async () => {
    const archive = await packRelease();
    const baseUrl = await serveRelease({ [archiveName]: archive, [checksumsName]: listChecksums(archive) });
    const folder = createTarget();
    const lines: string[] = [];
    await downloadEngine(folder, (line) => lines.push(line), { baseUrl });
    expect(await askVersion(join(folder, "bin", "pulumi"), process.env)).toBe(engineVersion);
    expect(existsSync(join(folder, archiveName))).toBe(false);
    expect(lines[0]).toMatch(/^Downloading Pulumi/);
  });

  it("refuses an archive whose checksum is another", async () => {
    const archive = await packRelease();
    const published = listChecksums(Buffer.concat([archive, Buffer.from("x")]));
    const baseUrl = await serveRelease({ [archiveName]: archive, [checksumsName]: published });
    const folder = createTarget();
    await expect(downloadEngine(folder, () => {}, { baseUrl })).rejects.toThrow(/is damaged: its checksum is/);
    expect(existsSync(join(folder, "bin", "pulumi"))).toBe(false);
  });

  it("refuses an archive for which no checksum is published", async () => {
    const baseUrl = await serveRelease({ [archiveName]: await packRelease(), [checksumsName]: "" });
    await expect(downloadEngine(createTarget(), () => {}, { baseUrl })).rejects.toThrow(/no checksum is published/);
  });

  it("says which address answered what", async () => {
    const baseUrl = await serveRelease({});
    await expect(downloadEngine(createTarget(), () => {}, { baseUrl })).rejects.toThrow(/checksums\.txt answered 404/);
  });

  it("gives up when nobody answers", async () => {
    const baseUrl = await serveRelease({ [checksumsName]: () => {} });
    const download = downloadEngine(createTarget(), () => {}, { baseUrl, connectTimeout: 200 });
    await expect(download).rejects.toThrow(/could not be downloaded: .*time/);
  });

  it("gives up when the archive stops coming half-way", async () => {
    const archive = await packRelease();
    const baseUrl = await serveRelease({
      [checksumsName]: listChecksums(archive),
      [archiveName]: (response) => {
        response.writeHead(200, { "content-length": archive.length }).write(archive.subarray(0, 100));
      },
    });
    const download = downloadEngine(createTarget(), () => {}, { baseUrl, stallTimeout: 200 });
    await expect(download).rejects.toThrow(/the server stopped answering/);
  });

  it("says why no connection came about", async () => {
    const download = downloadEngine(createTarget(), () => {}, { baseUrl: "http://127.0.0.1:1" });
    await expect(download).rejects.toThrow(/could not be downloaded: (?!fetch failed).+/);
  });
});
