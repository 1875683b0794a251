import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { extname } from "node:path";
import type { Document, Node } from "yaml";
import { SettingsError } from "../errors/settings-error.ts";
import { readPlainScalar, type Scalar } from "./scalar.ts";

/** A value in a settings file. Maps keep the order of the file. */
export type Setting = Scalar | readonly Setting[] | ReadonlyMap<string, Setting>;

/**
 * Reads a settings file as Pulumi's engine does: the first document of a YAML file, or a JSON file.
 *
 * @returns undefined if there is no such file, an empty map if it is empty
 * @throws {SettingsError} if the engine would refuse it as well, or might parse it differently
 */
export function readSettingsFile(path: string): ReadonlyMap<string, Setting> | undefined {
  const bytes = readBytes(path);
  if (bytes === undefined) return undefined;
  const setting = extname(path) === ".json" ? parseJson(bytes, path) : parseYaml(bytes, path);
  if (setting === null) return new Map();
  if (setting instanceof Map) return setting;
  throw unreadable(path, "it has no settings (name: value)");
}

function readBytes(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw unreadable(path, code === "EACCES" ? "this account may not read it (EACCES)" : String(code));
  }
}

/** Loaded when a YAML file is read: a program without one starts 25 ms sooner. */
const loadYaml = () => createRequire(import.meta.url)("yaml") as typeof import("yaml");

function parseYaml(bytes: Buffer, path: string): Setting {
  const { LineCounter, parseAllDocuments } = loadYaml();
  // The engine's parser ends a line at each of these. Another parser would treat what follows a comment as a part of
  // it.
  const text = decode(bytes, path).replace(/\r\n|[\r\u0085\u2028\u2029]/g, "\n");
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, {
    schema: "failsafe",
    prettyErrors: false,
    lineCounter: lines,
  });
  const document = "empty" in documents ? undefined : documents[0];
  if (document === undefined) return null;
  // The parser's own message may quote the file, including a secret.
  const [problem] = [...document.errors, ...document.warnings];
  if (problem !== undefined) {
    const { line, col } = lines.linePos(problem.pos[0]);
    throw unreadable(path, `${problems[problem.code] ?? "it is not valid YAML"} (line ${line}, column ${col})`);
  }
  return readNode(document.contents, document, path, { count: 0 });
}

const duplicateKey = "a key occurs twice";
const unknownAlias = "an alias has no anchor before it";

const problems: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: duplicateKey,
  TAB_AS_INDENT: "a line is indented by a tab; YAML wants spaces",
  BAD_ALIAS: unknownAlias,
  BAD_INDENT: "the indentation of a line does not match the lines around it",
  TAG_RESOLVE_FAILED: "it uses a tag (!…) that settings don't have",
};

/** As go-yaml, without its limits; but nested aliases must not expand without bounds. */
function readNode(node: unknown, document: Document, path: string, read: { count: number }): Setting {
  const { isAlias, isMap, isScalar, isSeq } = loadYaml();
  read.count += 1;
  if (read.count > 100_000) throw unreadable(path, "its aliases expand to too many values");
  const readChild = (child: unknown) => readNode(child, document, path, read);
  if (isAlias(node)) {
    const target = node.resolve(document);
    if (target === undefined) throw unreadable(path, unknownAlias);
    return readChild(target);
  }
  if (isSeq(node)) return node.items.map(readChild);
  if (isMap(node)) return readMap(node.items as readonly MapEntry[], path, readChild);
  if (!isScalar(node)) return null;
  const text = String(node.value ?? "");
  return node.type === "PLAIN" && node.tag === undefined ? readPlainScalar(text) : text;
}

interface MapEntry {
  readonly key: Node | null;
  readonly value: Node | null;
}

function readMap(
  entries: readonly MapEntry[],
  path: string,
  readChild: (child: unknown) => Setting,
): ReadonlyMap<string, Setting> {
  const merged = new Map<string, Setting>();
  const own = new Map<string, Setting>();
  for (const { key, value } of entries) {
    if (isMergeKey(key)) {
      const sources = readChild(value);
      // Earlier merges take precedence over later ones, and the node's own keys over both.
      for (const source of Array.isArray(sources) ? sources : [sources]) {
        if (!(source instanceof Map)) throw unreadable(path, "a merge (<<) takes only maps");
        for (const [name, setting] of source) if (!merged.has(name)) merged.set(name, setting);
      }
      continue;
    }
    const name = readChild(key);
    if (typeof name !== "string") throw unreadable(path, "a key is not text; write it in quotation marks");
    if (own.has(name)) throw unreadable(path, duplicateKey);
    own.set(name, readChild(value));
  }
  return new Map([...merged, ...own]);
}

function isMergeKey(key: Node | null): boolean {
  return loadYaml().isScalar(key) && key.type === "PLAIN" && key.tag === undefined && key.value === "<<";
}

function parseJson(bytes: Buffer, path: string): Setting {
  let value: unknown;
  try {
    value = JSON.parse(decode(bytes, path));
  } catch {
    throw unreadable(path, "it is not valid JSON");
  }
  return fromJson(value);
}

function fromJson(value: unknown): Setting {
  if (Array.isArray(value)) return value.map(fromJson);
  if (typeof value === "object" && value !== null) {
    return new Map(Object.entries(value).map(([name, child]) => [name, fromJson(child)]));
  }
  return value as Scalar;
}

/** The engine accepts UTF-16 with a byte order mark, which Windows PowerShell writes. */
function decode(bytes: Buffer, path: string): string {
  const [first, second] = bytes;
  const encoding =
    first === 0xff && second === 0xfe ? "utf-16le" : first === 0xfe && second === 0xff ? "utf-16be" : "utf-8";
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    throw unreadable(path, `it is not ${encoding.toUpperCase()} text`);
  }
}

function unreadable(path: string, problem: string): SettingsError {
  return new SettingsError(`${path} can't be read: ${problem}. Correct it, and run the command again.`);
}
