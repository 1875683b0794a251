import { once } from "node:events";
import { Worker } from "node:worker_threads";

/** Notes the command line of every process that starts on this machine from now on. Only Linux shows them to us in files. */
export class ProcessList {
  readonly #worker = new Worker(new URL("./list-processes.mjs", import.meta.url));
  #commandLines: Promise<readonly string[]> | undefined;

  static get isAvailable(): boolean {
    return process.platform === "linux";
  }

  /** Each command line once, with its arguments separated by spaces. */
  stop(): Promise<readonly string[]> {
    this.#commandLines ??= this.#ask();
    return this.#commandLines;
  }

  async #ask(): Promise<readonly string[]> {
    const answer = once(this.#worker, "message");
    this.#worker.postMessage("stop");
    const [commandLines] = (await answer) as [readonly string[]];
    return commandLines;
  }
}
