import { appendFileSync, mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import type { Properties } from "../resources/properties.ts";

/** A resource as a program declared it, in normal form. */
export interface Declaration {
  readonly urn: string;
  readonly kind: string;
  readonly id: string;
  readonly inputs: Properties;
}

/**
 * What a preview found declared. In the update that follows, migrations are carried out before the program has declared what depends on
 * them; this is how they know already what becomes of policies in their way. It is kept, like `SeenStates`, in a file that both
 * processes of one run of Pulumi know.
 */
export class Declarations {
  readonly #file: string | undefined;
  #found: Map<string, Declaration> | undefined;
  readonly #changing = new Set<string>();

  /** Without a file, only the process that notes them knows them. */
  constructor(file?: string) {
    this.#file = file;
  }

  note(declaration: Declaration): void {
    this.#load().set(declaration.urn, declaration);
    this.#write(declaration);
  }

  /** Notes that the update will create or change the resource. */
  noteChange(urn: string): void {
    this.#load();
    this.#changing.add(urn);
    this.#write({ changing: urn });
  }

  find(kind: string, id: string): Declaration | undefined {
    return this.ofKind(kind).find((declaration) => declaration.id === id);
  }

  /** In the order in which they were declared: what others depend on comes first. */
  ofKind(kind: string): readonly Declaration[] {
    return [...this.#load().values()].filter((declaration) => declaration.kind === kind);
  }

  isChanging({ urn }: Declaration): boolean {
    this.#load();
    return this.#changing.has(urn);
  }

  #write(line: object): void {
    if (this.#file === undefined) return;
    mkdirSync(path.dirname(this.#file), { recursive: true, mode: 0o700 });
    appendFileSync(this.#file, `${JSON.stringify(line)}\n`, { mode: 0o600 });
  }

  #load(): Map<string, Declaration> {
    if (this.#found === undefined) {
      this.#found = new Map();
      for (const line of this.#file === undefined ? [] : readLines(this.#file)) {
        if ("changing" in line) this.#changing.add(line.changing);
        else this.#found.set(line.urn, line);
      }
    }
    return this.#found;
  }
}

function readLines(file: string): (Declaration | { readonly changing: string })[] {
  try {
    const lines = readFileSync(file, "utf8").split("\n");
    return lines.filter((line) => line.endsWith("}")).map((line) => JSON.parse(line));
  } catch {
    return [];
  }
}
