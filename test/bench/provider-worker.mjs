// Started and loaded as the provider itself is (infra/provider/start.mjs).
import { tuneProcess } from "../../infra/loading/tune-process.mjs";
import { loadPlugin } from "../../infra/provider/load-plugin.mjs";

tuneProcess();
const { runWorker, keepCompiled } = await loadPlugin(new URL("./provider-worker.ts", import.meta.url));
console.log(JSON.stringify(await runWorker(process.argv[2])));
keepCompiled();
