import { randomBytes } from "node:crypto";

/**
 * A password with the characters that encodings and quotings change, among them those that end a part of a URL early. Its parts are long
 * enough to be found where only one of them is shown.
 */
export class HardPassword {
  readonly text: string;
  readonly #parts = Array.from({ length: 4 }, () => randomBytes(12).toString("hex"));

  constructor() {
    const [first, second, third, fourth] = this.#parts;
    this.text = `${first}@${second}/${third}?#:'"\\ %&=+$<>{}\`!;é🔑${fourth}`;
  }

  /** What to search for. */
  secrets(name: string): Readonly<Record<string, string>> {
    const parts = this.#parts.map((part, index) => [`part ${index + 1} of ${name}`, part]);
    return { [name]: this.text, ...Object.fromEntries(parts) };
  }
}
