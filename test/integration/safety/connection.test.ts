import { chownSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import pg from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { connectionSettings, readConnectionString } from "../../../infra/database/connection.ts";
import { Database } from "../../../infra/database/database.ts";
import { createCertificate } from "../../support/certificate.ts";
import { until } from "../../support/sessions.ts";
import { startTestServer, type TestDatabase, type TestServer } from "../../support/test-server.ts";

describe("the connection to the database", () => {
  const folder = mkdtempSync(join(tmpdir(), "palisade certificates "));
  const authority = { subject: "the test's authority", ...createCertificate("the test's authority") };
  let server: TestServer;
  let database: TestDatabase;

  beforeAll(async () => {
    server = await startTestServer(17);
    database = await server.createDatabase();
    writeFileSync(join(folder, "authority.pem"), authority.certificate);
    writeFileSync(join(folder, "other.pem"), createCertificate("another authority").certificate);
  });
  afterAll(async () => {
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  it("is refused by sslmode=require where the server has no TLS, and made in the clear by disable and without sslmode on this machine", async () => {
    await expect(isEncrypted("sslmode=require")).rejects.toThrow(
      /can't connect to 127\.0\.0\.1:\d+\/\w+: The server does not support SSL connections/,
    );
    for (const settings of ["", "sslmode=disable", "sslmode=prefer"])
      expect(await isEncrypted(settings), settings).toBe(false);
  });

  describe("to a server with a certificate", () => {
    beforeAll(async () => {
      await useCertificate(["localhost"]);
    });

    it("is encrypted by require, whoever signed it, and in the clear by disable", async () => {
      expect(await isEncrypted("sslmode=require")).toBe(true);
      expect(await isEncrypted("sslmode=disable")).toBe(false);
    });

    it("is made by verify-ca, whoever it is made out to, when the named authority signed it", async () => {
      expect(await isEncrypted(`sslmode=verify-ca&${rootCertificate("authority")}`)).toBe(true);
      expect(await isEncrypted(`sslmode=require&${rootCertificate("authority")}`)).toBe(true);
      await expect(isEncrypted(`sslmode=verify-ca&${rootCertificate("other")}`)).rejects.toThrow(
        /can't connect to .*: (unable to|self-signed)/,
      );
      await expect(isEncrypted(`sslmode=require&${rootCertificate("other")}`)).rejects.toThrow(/can't connect/);
    });

    it("is made by verify-full when it is made out to the host as well", async () => {
      const verified = `sslmode=verify-full&${rootCertificate("authority")}`;
      expect(await isEncrypted(verified, "localhost")).toBe(true);
      await expect(isEncrypted(verified, "127.0.0.1")).rejects.toThrow(/IP: 127\.0\.0\.1 is not in the cert's list/);
      await expect(isEncrypted("sslmode=verify-full", "localhost")).rejects.toThrow(/can't connect to localhost:\d+/);
      await useCertificate(["127.0.0.1"]);
      expect(await isEncrypted(verified, "127.0.0.1")).toBe(true);
      await expect(isEncrypted(verified, "localhost")).rejects.toThrow(/Host: localhost\. is not cert's CN/);
    });
  });

  it.each([
    ["sslmode=verify-ca", "sslmode=verify-ca needs the certificate authority's certificate: add sslrootcert=<file>"],
    ["sslmode=maybe", "unknown sslmode; it is one of disable, allow, prefer, require, verify-ca, verify-full"],
    [
      "sslmode=verify-full&sslrootcert=/nowhere/root.pem",
      "names a certificate or key that can't be read: /nowhere/root.pem (ENOENT)",
    ],
  ])("is refused for %s, with what to do", (settings, message) => {
    expect(() => connectionSettings(`postgresql://postgres@localhost/postgres?${settings}`)).toThrow(message);
  });

  it("is encrypted to any other machine unless the string says otherwise", () => {
    const tls = (settings: string) =>
      connectionSettings(`postgresql://postgres@db.example.com/postgres${settings}`).client.ssl;
    expect(tls("")).toMatchObject({ rejectUnauthorized: false });
    expect(tls("?sslmode=prefer")).toMatchObject({ rejectUnauthorized: false });
    expect(tls("?sslmode=verify-full")).not.toHaveProperty("rejectUnauthorized");
    expect(tls("?sslmode=verify-full&sslrootcert=system")).not.toHaveProperty("ca");
    expect(tls("?sslmode=disable")).toBe(false);
  });

  it("is refused to the pooler's transaction mode, with the reason", () => {
    expect(() => connectionSettings("postgresql://postgres.ref:pass@aws-0.pooler.example.com:6543/postgres")).toThrow(
      "aws-0.pooler.example.com:6543/postgres is the pooler's transaction mode, which hands each transaction another session: use the direct connection or the pooler's session mode (port 5432)",
    );
  });

  describe("described by a string that is none", () => {
    const secret = "hunter2";
    it.each([
      ["nothing but words", `${secret} is my password`],
      ["a password with a slash", `postgresql://postgres:1/${secret}@db.example.com:5432/postgres`],
      ["a password with a question mark", `postgresql://postgres:1?${secret}@db.example.com:5432/postgres`],
      ["a password with a number sign", `postgresql://postgres:1#${secret}@db.example.com:5432/postgres`],
      ["a password with a percent sign", `postgresql://postgres:%zz${secret}@db.example.com:5432/postgres`],
      ["no slashes", `postgres:${secret}@db.example.com/postgres`],
      ["another protocol", `mysql://root:${secret}@db.example.com/app`],
      ["a protocol that is the password", `${secret}://db.example.com/app`],
      ["a port that is none", `postgresql://postgres:${secret}@db.example.com:port/postgres`],
    ])("is refused with how it should look, and without the password: %s", (_, text) => {
      const refusal = refusalOf(text);
      expect(refusal).toContain("postgresql://user:password@host:5432/postgres");
      expect(refusal).not.toContain(secret);
    });

    function refusalOf(text: string): string {
      try {
        connectionSettings(text);
        return "";
      } catch (error) {
        return (error as Error).message;
      }
    }
  });

  describe("whose string is kept outside the stack", () => {
    const project = mkdtempSync(join(tmpdir(), "palisade environment "));
    const write = (name: string, text: string) => writeFileSync(join(project, name), text);
    const read = () => readConnectionString("TEST_CONNECTION", project, "prod");
    afterEach(() => {
      delete process.env.TEST_CONNECTION;
      for (const name of [".env", ".env.prod"]) rmSync(join(project, name), { force: true });
    });
    afterAll(() => {
      rmSync(project, { recursive: true });
    });

    it("is found in the environment, then in the stack's own file, then in the one for all", () => {
      write(".env", "TEST_CONNECTION=postgresql://all\nOTHER=1\n");
      expect(read()).toBe("postgresql://all");
      write(".env.prod", '# the project\'s database\nTEST_CONNECTION="postgresql://prod" # direct\n');
      write(".env.dev", "TEST_CONNECTION=postgresql://dev\n");
      expect(read()).toBe("postgresql://prod");
      process.env.TEST_CONNECTION = "postgresql://environment";
      expect(read()).toBe("postgresql://environment");
    });

    it("is not found where it is empty, and then the error says where to write it", () => {
      write(".env.prod", "TEST_CONNECTION=\n");
      process.env.TEST_CONNECTION = "";
      expect(read).toThrow(
        `the environment variable TEST_CONNECTION is not set, and the stack's configuration palisade:connection names it: set it, or write it into .env.prod or .env in ${project}`,
      );
    });
  });

  /** What the server says of a connection made with these settings. */
  async function isEncrypted(settings: string, host = "127.0.0.1"): Promise<boolean> {
    const url = new URL(database.url);
    const provider = new Database(
      `postgresql://${url.username}:${url.password}@${host}:${url.port}${url.pathname}?${settings}`,
    );
    try {
      const [[row] = []] = await provider.read("select ssl from pg_stat_ssl where pid = pg_backend_pid()");
      return row?.ssl === true;
    } finally {
      await provider.close();
    }
  }

  function rootCertificate(name: string): string {
    return `sslrootcert=${encodeURIComponent(join(folder, `${name}.pem`))}`;
  }

  async function useCertificate(names: readonly string[]): Promise<void> {
    const data = join(dirname(server.logFile), "data");
    const { uid, gid } = statSync(data);
    const { certificate, key } = createCertificate("the database", names, authority);
    for (const [name, text] of [
      ["server.crt", certificate],
      ["server.key", key],
    ] as const) {
      writeFileSync(join(data, name), text, { mode: 0o600 });
      chownSync(join(data, name), uid, gid);
    }
    const superuser = new pg.Client(database.superuserUrl);
    await superuser.connect();
    await superuser.query("alter system set ssl = on");
    const { rows } = await superuser.query("select clock_timestamp()::text as before, pg_reload_conf()");
    await superuser.end();
    // The reload reaches new connections when the server's main process has had its turn.
    await until(async () => {
      const observer = new pg.Client(database.superuserUrl);
      await observer.connect();
      const loaded = await observer.query(
        "select from pg_settings where name = 'ssl' and setting = 'on' and pg_conf_load_time() > $1",
        [rows[0].before],
      );
      await observer.end();
      return loaded.rows.length > 0;
    });
  }
});
