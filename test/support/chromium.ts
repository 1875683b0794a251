import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import type { Readable, Writable } from "node:stream";

/** What is said where a test needs a browser and there is none. */
export const noChromium = "no Chromium on PATH: apt-get install chromium, or Chrome from https://www.google.com/chrome";

/** The program of an installed Chromium or Chrome. */
export function findChromium(path = process.env.PATH ?? ""): string | undefined {
  const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];
  const folders = path.split(delimiter).filter((folder) => folder !== "");
  return [
    ...folders.flatMap((folder) => names.map((name) => join(folder, name))),
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
  ].find((file) => existsSync(file));
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

/**
 * A browser without a window, spoken to through pipes by the protocol of its developer tools.
 * @see https://chromedevtools.github.io/devtools-protocol/
 */
export class Chromium {
  readonly #process: ChildProcess;
  readonly #folder: string;
  readonly #calls = new Map<number, { resolve(result: unknown): void; reject(error: Error): void }>();
  readonly #events: Message[] = [];
  #number = 0;
  #session: string | undefined;

  private constructor(program: string) {
    this.#folder = mkdtempSync(join(tmpdir(), "palisade-chromium-"));
    const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--mute-audio"];
    const quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync"];
    this.#process = spawn(
      program,
      [...flags, ...quiet, `--user-data-dir=${this.#folder}`, "--remote-debugging-pipe", "about:blank"],
      { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] },
    );
    this.#process.on("exit", () => {
      for (const { reject } of this.#calls.values()) reject(new Error("the browser has ended"));
    });
    let text = "";
    (this.#process.stdio[4] as Readable).setEncoding("utf8").on("data", (part: string) => {
      const messages = (text + part).split("\0");
      text = messages.pop() ?? "";
      for (const message of messages) this.#receive(JSON.parse(message) as Message);
    });
  }

  /** Starts it with one empty page. */
  static async start(program: string): Promise<Chromium> {
    const browser = new Chromium(program);
    const { targetId } = await browser.send<{ targetId: string }>("Target.createTarget", { url: "about:blank" });
    const attached = await browser.send<{ sessionId: string }>("Target.attachToTarget", { targetId, flatten: true });
    browser.#session = attached.sessionId;
    for (const domain of ["Page", "Network", "Accessibility", "Log", "Runtime"]) await browser.send(`${domain}.enable`);
    return browser;
  }

  /** The events of this name, the first one first. */
  events(method: string): readonly unknown[] {
    return this.#events.filter((event) => event.method === method).map(({ params }) => params);
  }

  send<Result = unknown>(method: string, params: object = {}): Promise<Result> {
    this.#number += 1;
    const id = this.#number;
    const session = this.#session === undefined ? {} : { sessionId: this.#session };
    (this.#process.stdio[3] as Writable).write(`${JSON.stringify({ id, method, params, ...session })}\0`);
    return new Promise((resolve, reject) => {
      this.#calls.set(id, { resolve: (result) => resolve(result as Result), reject });
    });
  }

  /** Opens a page, and waits until it is there. */
  async open(url: string): Promise<void> {
    const before = this.events("Page.loadEventFired").length;
    await this.send("Page.navigate", { url });
    while (this.events("Page.loadEventFired").length === before)
      await new Promise((resolve) => setTimeout(resolve, 10));
  }

  /** The value of an expression in the page. */
  async evaluate<Value>(expression: string): Promise<Value> {
    const { result, exceptionDetails } = await this.send<{ result: { value: Value }; exceptionDetails?: object }>(
      "Runtime.evaluate",
      { expression, returnByValue: true, awaitPromise: true },
    );
    if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
    return result.value;
  }

  /** Presses a key as a person does. */
  async press(key: "Tab" | "Enter" | " "): Promise<void> {
    const code = { Tab: 9, Enter: 13, " ": 32 }[key];
    const text = key === "Tab" ? {} : { text: key === "Enter" ? "\r" : " " };
    const about = { key, code: key === " " ? "Space" : key, windowsVirtualKeyCode: code };
    await this.send("Input.dispatchKeyEvent", { type: "keyDown", ...about, ...text });
    await this.send("Input.dispatchKeyEvent", { type: "keyUp", ...about });
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.#process.on("exit", resolve));
    this.#session = undefined;
    void this.send("Browser.close").catch(() => undefined);
    await ended;
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }

  #receive({ id, result, error, ...event }: Message): void {
    if (id === undefined) {
      this.#events.push(event);
      return;
    }
    const call = this.#calls.get(id);
    this.#calls.delete(id);
    if (error !== undefined) call?.reject(new Error(error.message));
    else call?.resolve(result);
  }
}
