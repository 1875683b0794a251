// The plugin's entry, wherever the engine started it.
import { loadPlugin } from "./load-plugin.mjs";

const { runPlugin } = await loadPlugin(new URL("./main.ts", import.meta.url));
await runPlugin(process.argv.slice(2));
