// Started and loaded as the provider itself is (infra/provider/start.mjs), so that only what they do differs.
import { tuneProcess } from "../../../infra/loading/tune-process.mjs";
import { loadPlugin } from "../../../infra/provider/load-plugin.mjs";

tuneProcess();
const { runPlugin, keepCompiled } = await loadPlugin(new URL("./main.ts", import.meta.url));
process.on("exit", keepCompiled);
await runPlugin();
