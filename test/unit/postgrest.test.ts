import { afterEach, describe, expect, it, vi } from "vitest";
import { missingPostgrest, startPostgrest } from "../support/postgrest.ts";

describe.skipIf(missingPostgrest)("a PostgREST that can't start", () => {
  afterEach(() => vi.unstubAllEnvs());

  it("ends with its own words where nothing listens at the database's address", async () => {
    const started = startPostgrest("postgresql://authenticator:secret@127.0.0.1:1/postgres", "secret".repeat(6));
    await expect(started).rejects.toThrow(/PostgREST did not start:[\s\S]*Connection refused/);
    await expect(started).rejects.not.toThrow(/:secret@/);
  });

  it("gets as far as the database where the folder for temporary files has a long path", async () => {
    vi.stubEnv("TMPDIR", `/tmp/${"long".repeat(25)}`);
    const started = startPostgrest("postgresql://authenticator@127.0.0.1:1/postgres", "secret".repeat(6));
    await expect(started).rejects.toThrow(/Connection refused/);
  });
});
