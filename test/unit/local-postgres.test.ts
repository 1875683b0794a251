import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { newestVersion } from "../../infra/catalog/newest-version.ts";
import { InputError } from "../../infra/errors/errors.ts";
import { canReach } from "../../infra/local/account.ts";
import { Cluster } from "../../infra/local/cluster.ts";
import { chooseMajor, majors } from "../../infra/local/major.ts";
import { installPlatform, writeUrl } from "../../infra/local/platform.ts";
import { choosePort, findFreePort } from "../../infra/local/ports.ts";
import { findPostmaster } from "../../infra/local/postmaster.ts";
import { readRecord, writeRecord } from "../../infra/local/record.ts";
import { writeConfiguration } from "../../infra/local/settings.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "palisade-unit-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe("the major version", () => {
  it("is the one asked for, else the environment's, else 17", () => {
    expect(chooseMajor(15, { PALISADE_POSTGRES: "17" })).toBe(15);
    expect(chooseMajor(undefined, { PALISADE_POSTGRES: "15" })).toBe(15);
    expect(chooseMajor(undefined, { PALISADE_POSTGRES: " " })).toBe(17);
    expect(chooseMajor(undefined, {})).toBe(17);
  });

  it("is at most the one assumed where there is no server to ask", () => {
    expect(newestVersion).toBe(Math.max(...majors) * 10_000);
  });

  it.each(["16", "17.2", "latest"])("is refused as %s", (named) => {
    expect(() => chooseMajor(undefined, { PALISADE_POSTGRES: named })).toThrow(
      `PALISADE_POSTGRES is "${named}". Set it to 15, 17 or 18`,
    );
  });
});

describe("a connection string", () => {
  it("survives characters that mean something in it", () => {
    const url = new URL(writeUrl({ port: 5432, user: "a@b", password: "p:/?#[]@ %", database: "d/e" }));
    expect(decodeURIComponent(url.username)).toBe("a@b");
    expect(decodeURIComponent(url.password)).toBe("p:/?#[]@ %");
    expect(decodeURIComponent(url.pathname)).toBe("/d/e");
  });
});

describe("the account's way to a folder", () => {
  const stranger = { uid: 4_000_001, gid: 4_000_001 };

  it("is open where every folder lets others pass, and always for ourselves", () => {
    const inner = join(folder, "inner");
    mkdirSync(inner);
    chmodSync(folder, 0o711);
    chmodSync(inner, 0o755);
    expect(canReach(inner, stranger)).toBe(true);
    chmodSync(folder, 0o700);
    expect(canReach(inner, stranger)).toBe(false);
    expect(canReach(inner, undefined)).toBe(true);
  });

  it("is judged by owner and group where they match", () => {
    const { uid, gid } = statSync(folder);
    chmodSync(folder, 0o700);
    expect(canReach(folder, { uid, gid: stranger.gid })).toBe(true);
    chmodSync(folder, 0o010);
    expect(canReach(folder, { uid: stranger.uid, gid })).toBe(true);
    expect(canReach(folder, { uid, gid })).toBe(false);
    chmodSync(folder, 0o700);
  });
});

describe("a port", () => {
  it("lies below those that systems give to outgoing connections", () => {
    for (const seed of [0, 1, 11_999, 12_000, 2 ** 48 - 1]) {
      expect(choosePort(seed)).toBeGreaterThanOrEqual(15_432);
      expect(choosePort(seed)).toBeLessThan(32_768);
    }
  });

  it("is the next free one where the wanted one is taken", async () => {
    const wanted = await findFreePort(choosePort(4_321));
    const squatter = createServer().listen(wanted, "127.0.0.1");
    await once(squatter, "listening");
    expect(await findFreePort(wanted)).toBeGreaterThan(wanted);
    squatter.close();
  });
});

describe("what is remembered of a database", () => {
  const record = { port: 15_500, password: "a", superuserPassword: "b", platform: "c" };

  it("is read as it was written, and readable to its owner alone", () => {
    const file = join(folder, "server.json");
    writeRecord(file, record);
    expect(readRecord(file)).toEqual(record);
    expect((statSync(file).mode & 0o777).toString(8)).toBe("600");
  });

  it.each(["", "{", '{"port": "15500"}'])("is nothing where the file says %j", (text) => {
    const file = join(folder, "server.json");
    writeFileSync(file, text);
    expect(readRecord(file)).toBeUndefined();
    expect(readRecord(join(folder, "no such file"))).toBeUndefined();
  });
});

describe("a server's data folder", () => {
  it("has no server where there is no postmaster.pid, or one with the number of another process", () => {
    expect(findPostmaster(folder)).toBeUndefined();
    const lines = [process.pid, folder, "1700000000", "15432", "", "127.0.0.1", "", "ready   ", ""];
    writeFileSync(join(folder, "postmaster.pid"), lines.join("\n"));
    expect(findPostmaster(folder)).toBeUndefined();
    writeFileSync(join(folder, "postmaster.pid"), "");
    expect(findPostmaster(folder)).toBeUndefined();
  });

  it("has one where a process works on it, with its port and whether it is ready", async () => {
    const server = spawn("sleep", ["30"], { cwd: folder, stdio: "ignore" });
    await once(server, "spawn");
    const lines = [server.pid, folder, "1700000000", "15432", "", "127.0.0.1", "", "starting", ""];
    writeFileSync(join(folder, "postmaster.pid"), lines.join("\n"));
    expect(findPostmaster(folder)).toEqual({ pid: server.pid, port: 15_432, ready: false });
    writeFileSync(join(folder, "postmaster.pid"), lines.join("\n").replace("starting", "ready   "));
    expect(findPostmaster(folder)?.ready).toBe(true);
    server.kill();
    await once(server, "exit");
    expect(findPostmaster(folder)).toBeUndefined();
  });
});

describe("a server that fails", () => {
  const cluster = (says: string) => {
    const program = join(folder, "program");
    writeFileSync(program, `#!/bin/sh\necho '${says}' >&2\nexit 1\n`, { mode: 0o755 });
    mkdirSync(join(folder, "data"));
    return new Cluster({
      dataFolder: join(folder, "data"),
      logFile: join(folder, "server.log"),
      binaries: { initdb: program, postgres: program },
      account: undefined,
    });
  };

  it("says in an error for people why it could not be made, and what to do", async () => {
    const made = cluster("initdb: error: No space left on device").create("secret", { durable: true });
    await expect(made).rejects.toThrow(InputError);
    await expect(made).rejects.toThrow(
      /database in .*data:\ninitdb: error: No space left on device\nMend .* run this again/,
    );
  });

  it("says in an error for people why it did not start, from its log, and what to do", async () => {
    const started = cluster("FATAL: could not open file").start(15_432);
    await expect(started).rejects.toThrow(InputError);
    await expect(started).rejects.toThrow(
      /server\.log, ends with:\nFATAL: could not open file\nMend .* run this again/,
    );
  });

  it("says in an error for people that a new database could not be set up, and what to do", async () => {
    const installed = installPlatform(await findFreePort(15_432), "secret", "secret");
    await expect(installed).rejects.toThrow(InputError);
    await expect(installed).rejects.toThrow(
      /could not get what a hosted project has: .*ECONNREFUSED.*\nMend .* run this again/,
    );
  });
});

describe("the server's settings", () => {
  it("keep it on this machine, without a socket file, ready for logical replication", () => {
    const text = writeConfiguration({ durable: true });
    expect(text).toContain("listen_addresses = '127.0.0.1'\n");
    expect(text).toContain("unix_socket_directories = ''\n");
    expect(text).toContain("wal_level = 'logical'\n");
  });

  it("give up safety against a power cut for throwaway servers alone", () => {
    expect(writeConfiguration({ durable: true })).not.toContain("fsync");
    expect(writeConfiguration({ durable: false })).toContain("fsync = 'off'\n");
  });
});
