import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { SqlMigrationAwareDriverAdapterFactory } from "@prisma/driver-adapter-utils";
import type { SchemaEngine } from "@prisma/schema-engine-wasm/schema_engine_bg";
import { InputError } from "../../errors/errors.ts";

/**
 * Runs some work with Prisma's schema engine on a database connection, inside this process.
 *
 * The engine is an npm package with WebAssembly, so nothing is downloaded and no binary is run. Prisma's own loader looks for the module in
 * the folder of another package; here it is loaded from its own.
 */
export async function withSchemaEngine<T>(
  connections: SqlMigrationAwareDriverAdapterFactory,
  work: (engine: SchemaEngine) => Promise<T>,
): Promise<T> {
  loading ??= load();
  const { runtime, bind, panic } = await loading;
  try {
    const engine = await runtime.SchemaEngine.new({ datamodels: undefined }, discardLog, bind(connections));
    const result = await work(engine).catch((error: unknown) => {
      if (!isPanic(error)) engine.free();
      throw error;
    });
    engine.free();
    return result;
  } catch (error) {
    if (!isPanic(error)) throw error;
    const fault = new InputError(
      `Prisma's schema engine stopped with a fault of its own: ${panic.message || String(error)}`,
    );
    // The engine's memory is unusable after a panic, and a process can't load it twice.
    loading = Promise.reject(fault);
    loading.catch(() => {});
    throw fault;
  }
}

/** The module's JavaScript keeps its instance in a module variable, so a process can have only one. */
let loading: ReturnType<typeof load> | undefined;

/** Loaded when it is first needed: most runs apply no migration. */
async function load() {
  const [runtime, { bindMigrationAwareSqlAdapterFactory: bind }] = await Promise.all([
    import("@prisma/schema-engine-wasm/schema_engine_bg"),
    import("@prisma/driver-adapter-utils"),
  ]);
  const javascript = createRequire(import.meta.url).resolve("@prisma/schema-engine-wasm/schema_engine_bg");
  const bytes = await readFile(join(javascript, "..", "schema_engine_bg.wasm"));
  const { instance } = await WebAssembly.instantiate(bytes, { "./schema_engine_bg.js": runtime });
  runtime.__wbg_set_wasm(instance.exports);
  const start = instance.exports.__wbindgen_start;
  if (typeof start !== "function") {
    throw new InputError(
      "the Prisma schema engine in node_modules is not the one this project was built with; run `npm ci`",
    );
  }
  // The engine calls this function when it panics. Without it, the error would only say that the function is missing.
  const panic = { message: "" };
  Object.assign(globalThis, { PRISMA_WASM_PANIC_REGISTRY: { set_message: (text: string) => (panic.message = text) } });
  start();
  return { runtime, bind, panic };
}

function isPanic(error: unknown): boolean {
  return error instanceof WebAssembly.RuntimeError;
}

function discardLog(): void {}

/** Node has it, but TypeScript declares it only as a part of the DOM library. */
declare const WebAssembly: {
  readonly RuntimeError: ErrorConstructor;
  instantiate(
    bytes: Uint8Array,
    imports: Readonly<Record<string, object>>,
  ): Promise<{ readonly instance: { readonly exports: Readonly<Record<string, unknown>> } }>;
};
