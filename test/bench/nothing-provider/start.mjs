// Started and loaded as the provider itself is (infra/provider/start.mjs), so that only what they do differs.
import { setFlagsFromString } from "node:v8";
import { loadPlugin } from "../../../infra/provider/load-plugin.mjs";

setFlagsFromString("--heap-growing-percent=20");
const { runPlugin, keepCompiled } = await loadPlugin(new URL("./main.ts", import.meta.url));
process.on("exit", keepCompiled);
await runPlugin();
