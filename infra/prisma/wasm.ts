import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import {
  bindMigrationAwareSqlAdapterFactory,
  type SqlMigrationAwareDriverAdapterFactory,
} from "@prisma/driver-adapter-utils";
import * as runtime from "@prisma/schema-engine-wasm/schema_engine_bg";

/**
 * Starts Prisma's schema engine on a database connection, inside this process.
 *
 * The engine comes as WebAssembly in npm, so nothing is downloaded and no binary is run. Prisma's own loader looks for
 * the module in a folder of another package where it is not; it is loaded from its own package here. Call `free()`
 * when done.
 */
export async function startSchemaEngine(
  connections: SqlMigrationAwareDriverAdapterFactory,
): Promise<runtime.SchemaEngine> {
  await load();
  return runtime.SchemaEngine.new(
    { datamodels: undefined },
    discardEngineLog,
    bindMigrationAwareSqlAdapterFactory(connections),
  );
}

/** The JavaScript side of the module keeps its one instance in a variable of its own, so there is one for the process. */
let loading: Promise<void> | undefined;

function load(): Promise<void> {
  loading ??= instantiate();
  return loading;
}

async function instantiate(): Promise<void> {
  const javascript = createRequire(import.meta.url).resolve("@prisma/schema-engine-wasm/schema_engine_bg");
  const bytes = await readFile(join(javascript, "..", "schema_engine_bg.wasm"));
  const { instance } = await WebAssembly.instantiate(bytes, { "./schema_engine_bg.js": runtime });
  runtime.__wbg_set_wasm(instance.exports);
  const start = instance.exports.__wbindgen_start;
  if (typeof start !== "function")
    throw new Error(
      "The Prisma schema engine in node_modules is not the one this project was built with. Run `npm ci`.",
    );
  start();
}

/** Node has it; the compiler's library declares it only together with the whole browser. */
declare const WebAssembly: {
  instantiate(
    bytes: Uint8Array,
    imports: Readonly<Record<string, object>>,
  ): Promise<{ readonly instance: { readonly exports: Readonly<Record<string, unknown>> } }>;
};

function discardEngineLog(): void {}
