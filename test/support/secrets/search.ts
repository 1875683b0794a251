import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { formsOf } from "./forms.ts";

/** Where a secret was found, such as `state/test.json: the password, escaped in JSON`. It does not repeat the secret. */
export type Finding = string;

/** Searches for some secrets, byte by byte and in every form, and keeps count of what it has searched. */
export class SecretSearch {
  readonly #needles: readonly { readonly description: string; readonly bytes: Buffer }[];
  readonly #searched = new Map<string, number>();

  /** @param secrets each by the name under which it is reported */
  constructor(secrets: Readonly<Record<string, string>>) {
    const needles = new Map<string, string>();
    for (const [name, secret] of Object.entries(secrets)) {
      for (const [form, texts] of formsOf(secret)) {
        // A simple secret is the same in several forms; the first gives its name.
        for (const text of texts) if (!needles.has(text)) needles.set(text, `${name}, ${form}`);
      }
    }
    this.#needles = [...needles].map(([text, description]) => ({ description, bytes: Buffer.from(text) }));
  }

  /** How many bytes were searched under each name. */
  get searched(): ReadonlyMap<string, number> {
    return this.#searched;
  }

  /** @param place what is searched, for the findings */
  find(place: string, content: string | Buffer): readonly Finding[] {
    const bytes = Buffer.from(content);
    this.#searched.set(place, (this.#searched.get(place) ?? 0) + bytes.length);
    const isCompressed = bytes[0] === 0x1f && bytes[1] === 0x8b;
    const contents = isCompressed ? [bytes, gunzipSync(bytes)] : [bytes];
    const found = this.#needles.filter((needle) => contents.some((haystack) => haystack.includes(needle.bytes)));
    return [...new Set(found.map(({ description }) => `${place}: ${description}`))];
  }

  /** Searches every file below a folder, with its name; links are not followed. */
  findInFolder(folder: string, isSearched: (path: string) => boolean = () => true): readonly Finding[] {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .map((entry) => ({ entry, path: join(entry.parentPath, entry.name) }))
      .filter(({ entry, path }) => entry.isFile() && isSearched(path))
      .flatMap(({ path }) => [
        ...this.find(path, readFileSync(path)),
        ...this.find("names of files", path.slice(folder.length)),
      ]);
  }
}
