import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readCatalog } from "../../../infra/catalog/read.ts";
import type { Properties } from "../../../infra/values/properties.ts";
import { samples, sharedSetup } from "../../kinds/index.ts";
import { type OpenDatabase, openDatabase } from "../../support/open-database.ts";
import { DirectProvider, kindOf } from "../truth/direct.ts";

describe("the part of the catalog that a kind reads to find one object", () => {
  let open: OpenDatabase;
  beforeAll(async () => {
    open = await openDatabase(17);
    await open.client.query(sharedSetup);
  });
  afterAll(() => open.close());

  it.each(samples)(
    "has all that decides how a $kind is found",
    async ({ kind: name, setup, files, input, imports }) => {
      const { client, database } = open;
      const key = `scoped_${name.toLowerCase()}`;
      await client.query(`set role postgres; ${setup?.(key) ?? ""}; reset role`);
      const projectDirectory = mkdtempSync(join(tmpdir(), "palisade test "));
      for (const [path, text] of Object.entries(files ?? {})) {
        mkdirSync(join(projectDirectory, dirname(path)), { recursive: true });
        writeFileSync(join(projectDirectory, path), text);
      }
      const kind = kindOf(name);
      const maker = new DirectProvider(database.url, { adopt: true, projectDirectory });
      const reader = new DirectProvider(database.url, { projectDirectory });
      try {
        const desired = (await maker.check(name, key, input(key))) as Properties;
        if (!kind.execute) await maker.create(name, key, desired);
        const id = kind.identify(desired);
        const scoped = await (await reader.operation.database()).look((session) =>
          readCatalog(session, kind.scope(id)),
        );
        const found = kind.find(scoped, id);
        expect(found !== undefined).toBe(!imports.isRefused);
        expect(found).toEqual(kind.find(await reader.operation.snapshot(), id));
      } finally {
        await maker.close();
        await reader.close();
        rmSync(projectDirectory, { recursive: true });
      }
    },
  );
});
