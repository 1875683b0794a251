import { existsSync, mkdirSync, openSync, readFileSync, writeSync } from "node:fs";
import path from "node:path";

/** Values that the provider processes of one run of Pulumi leave for each other, each a line of JSON. */
export class RunFile<Value extends object> {
  readonly #path: string | undefined;
  /** Open for appending, from the first value on. */
  #descriptor: number | undefined;

  /** Without a path nothing is kept. */
  constructor(path: string | undefined) {
    this.#path = path;
  }

  append(value: Value): void {
    if (this.#path === undefined) return;
    this.#descriptor ??= openForAppending(this.#path);
    writeSync(this.#descriptor, `${JSON.stringify(value)}\n`);
  }

  /** What has been left so far, without a line that its process was killed over. */
  read(): readonly Value[] {
    if (this.#path === undefined || !existsSync(this.#path)) return [];
    return readFileSync(this.#path, "utf8")
      .split("\n")
      .flatMap(parseLine<Value>);
  }
}

function parseLine<Value>(line: string): readonly Value[] {
  try {
    return [JSON.parse(line) as Value];
  } catch {
    return [];
  }
}

function openForAppending(file: string): number {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  return openSync(file, "a", 0o600);
}
