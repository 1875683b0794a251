import { RunFile } from "../system/run-file.ts";
import type { Properties } from "../values/properties.ts";

/** A resource as a program declared it, in normal form. */
export interface Declaration {
  readonly urn: string;
  readonly kind: string;
  readonly id: string;
  readonly inputs: Properties;
}

/**
 * What a preview found declared. In the update that follows, migrations are carried out before the program has declared what depends on
 * them; this is how they know already what becomes of everything that they change. Where migrations are pending it is kept, like
 * `PreviewedStates`, in a file that both processes of one run of Pulumi know.
 */
export class Declarations {
  readonly #file: RunFile<Declaration | { readonly changing: string }>;
  #found: Map<string, Declaration> | undefined;
  readonly #changing = new Set<string>();
  /** What stands in no file yet; undefined once everything goes there at once. */
  #unpublished: (Declaration | { readonly changing: string })[] | undefined = [];

  #watcher: (declaration: Declaration) => void = () => undefined;

  /** Without a file, only the process that notes them knows them. */
  constructor(file?: string) {
    this.#file = new RunFile(file);
  }

  note(declaration: Declaration): void {
    this.#load().set(declaration.urn, declaration);
    this.#tell(declaration);
    this.#watcher(declaration);
  }

  /** Tells of every declaration, those noted before included. There is one that is told. */
  watch(watcher: (declaration: Declaration) => void): void {
    this.#watcher = watcher;
    for (const declaration of this.all()) watcher(declaration);
  }

  /** Notes that the update will create or change the resource. */
  noteChange(urn: string): void {
    this.#load();
    this.#changing.add(urn);
    this.#tell({ changing: urn });
  }

  /** Leaves everything noted so far, and from now on, for the update. */
  publish(): void {
    const lines = this.#unpublished ?? [];
    this.#unpublished = undefined;
    for (const line of lines) this.#file.append(line);
  }

  find(kind: string, id: string): Declaration | undefined {
    return this.ofKind(kind).find((declaration) => declaration.id === id);
  }

  ofUrn(urn: string): Declaration | undefined {
    return this.#load().get(urn);
  }

  /** In the order in which they were declared: what others depend on comes first. */
  all(): readonly Declaration[] {
    return [...this.#load().values()];
  }

  ofKind(kind: string): readonly Declaration[] {
    return this.all().filter((declaration) => declaration.kind === kind);
  }

  isChanging({ urn }: Declaration): boolean {
    this.#load();
    return this.#changing.has(urn);
  }

  #tell(line: Declaration | { readonly changing: string }): void {
    if (this.#unpublished === undefined) this.#file.append(line);
    else this.#unpublished.push(line);
  }

  #load(): Map<string, Declaration> {
    if (this.#found === undefined) {
      this.#found = new Map();
      for (const line of this.#file.read()) {
        if ("changing" in line) this.#changing.add(line.changing);
        else this.#found.set(line.urn, line);
      }
    }
    return this.#found;
  }
}
