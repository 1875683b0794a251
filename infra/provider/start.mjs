// The plugin's entry, wherever the engine started it.
import { ppid } from "node:process";
import { loadPlugin } from "./load-plugin.mjs";

// Asked at once: an engine that is killed while this one starts is no longer the parent later.
const engine = ppid;
const { runPlugin } = await loadPlugin(new URL("./main.ts", import.meta.url));
await runPlugin(process.argv.slice(2), engine);
