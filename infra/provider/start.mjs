// The plugin's entry, wherever the engine started it.
import { ppid } from "node:process";
import { setFlagsFromString } from "node:v8";
import { loadPlugin } from "./load-plugin.mjs";

// Asked at once: an engine that is killed while this one starts is no longer the parent later.
const engine = ppid;
// A preview makes much garbage and keeps little: collected in time, 10,000 policies stay below 200 MB.
setFlagsFromString("--heap-growing-percent=20");
// As in Node.js 21 and later. Without it the database driver makes a Response to find out where it runs, and Node.js loads all of fetch for that.
if (!("navigator" in globalThis))
  Object.assign(globalThis, { navigator: { userAgent: `Node.js/${process.versions.node}` } });
const { runPlugin, keepCompiled } = await loadPlugin(new URL("./main.ts", import.meta.url));
await runPlugin(process.argv.slice(2), engine, keepCompiled);
