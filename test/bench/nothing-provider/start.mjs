// The plugin's entry: makes Node read TypeScript, wherever the engine started it, then starts the service.
import { register } from "tsx/esm/api";

register();
const { runPlugin } = await import("./main.ts");
await runPlugin();
