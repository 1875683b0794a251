import { RunFile } from "../system/run-file.ts";
import type { Properties } from "../values/properties.ts";
import { type Claim, Claims } from "./claims.ts";
import { type AccessDeclaration, DeclaredAccess } from "./declared-access.ts";

/** A resource as a program declared it, in normal form. */
export interface Declaration {
  readonly urn: string;
  readonly kind: string;
  readonly id: string;
  readonly inputs: Properties;
}

/** What a declaration means beside its inputs. */
export interface Meaning {
  /** What the resource owns alone. Default: nothing. */
  readonly claims?: readonly Claim[];
  /** What it says about who reaches what. */
  readonly access?: AccessDeclaration | undefined;
}

/** A component that a resource stands under. */
export interface Parent {
  readonly type: string;
  readonly name: string;
}

/** What is known of a resource of the program before its inputs are looked at. */
export interface ResourceNotes {
  /** What the state has of it; of one that is replaced, the object that goes. */
  readonly former?: Properties | undefined;
  /** The components that it stands under, from the outermost on; undefined where the program does not tell. */
  readonly parents?: readonly Parent[] | undefined;
  /** How many functions of its name the program declares; undefined where the program does not tell. */
  readonly overloads?: number | undefined;
  /** Whether the program tells by itself what error a preview gives back for the resource. */
  readonly tellsErrors?: boolean;
}

type Line = Declaration | { readonly changing: string };

/**
 * What this run declares. `check` writes it, and nobody else.
 *
 * In the update that follows a preview, migrations are carried out before the program has declared what depends on them; what the preview
 * found declared is how they know already what becomes of everything that they change. Where migrations are pending it is kept, like
 * `PreviewedStates`, in a file that both processes of one run of Pulumi know. Claims, access and notes are this process's alone.
 */
export class Declarations {
  readonly claims = new Claims();
  readonly access = new DeclaredAccess();
  readonly #file: RunFile<Line>;
  #found: Map<string, Declaration> | undefined;
  readonly #changing = new Set<string>();
  readonly #notes = new Map<string, ResourceNotes>();
  /** What stands in no file yet; undefined once everything goes there at once. */
  #unpublished: Line[] | undefined = [];

  #expected: number | undefined;

  #watcher: (declaration: Declaration) => void = () => undefined;

  /** Without a file, only the process that notes them knows them. */
  constructor(file?: string) {
    this.#file = new RunFile(file);
  }

  /**
   * Notes a declaration, and what it means.
   * @throws {InputError} when another resource owns already what this one claims
   */
  note(declaration: Declaration, { claims = [], access }: Meaning = {}): void {
    this.claims.note(declaration.urn, claims);
    if (access !== undefined) this.access.note(access);
    this.#load().set(declaration.urn, declaration);
    this.#tell(declaration);
    this.#watcher(declaration);
  }

  /** Notes what is known of a resource. One that is replaced is noted twice, the second time without what the state has of it. */
  noteResource(urn: string, { former = this.#notes.get(urn)?.former, ...notes }: ResourceNotes): void {
    this.#notes.set(urn, { ...notes, former });
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

  /** Notes how many resources the program declares; undefined where it does not tell. It may declare more, once it has waited for a resource. */
  expect(number: number | undefined): void {
    if (number !== undefined) this.#expected = Math.max(this.#expected ?? 0, number);
  }

  /** Whether the program has told how many resources it declares. */
  get isToldWhole(): boolean {
    return this.#expected !== undefined;
  }

  /**
   * Whether everything that the program declares beside this resource is known, where it has told how much that is. It is not where something failed, has unknown values, or
   * is left out of the operation.
   */
  isCompleteBeside(urn: string): boolean {
    const known = this.#load();
    return known.size + (known.has(urn) ? 0 : 1) >= (this.#expected ?? 0);
  }

  find(kind: string, id: string): Declaration | undefined {
    return this.ofKind(kind).find((declaration) => declaration.id === id);
  }

  ofUrn(urn: string): Declaration | undefined {
    return this.#load().get(urn);
  }

  /** What is known of a resource beside its declaration. */
  notesOn(urn: string): ResourceNotes {
    return this.#notes.get(urn) ?? {};
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

  #tell(line: Line): void {
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
