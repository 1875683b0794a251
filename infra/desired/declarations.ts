import { RunFile } from "../system/run-file.ts";
import type { NumberByKind } from "../values/beside-properties.ts";
import type { Properties } from "../values/properties.ts";
import { type Claim, Claims } from "./claims.ts";
import { type AccessDeclaration, DeclaredAccess } from "./declared-access.ts";

/** A declared resource, in normal form. */
export interface Declaration {
  readonly urn: string;
  readonly kind: string;
  readonly id: string;
  readonly inputs: Properties;
}

/** What a declaration implies in addition to its inputs. */
export interface Meaning {
  /** What the resource exclusively owns. Default: nothing. */
  readonly claims?: readonly Claim[];
  /** What it states about access. */
  readonly access?: AccessDeclaration | undefined;
}

/** A component that a resource is in. */
export interface Parent {
  readonly type: string;
  readonly name: string;
}

/** What is known about a resource of the program independently of its inputs. */
export interface ResourceNotes {
  /** Its inputs in the state; if it is replaced, those of the old object. */
  readonly former?: Properties | undefined;
  /** The components that it is in, from the outermost one; undefined if the program does not say. */
  readonly parents?: readonly Parent[] | undefined;
  /** How many functions of its name the program declares; undefined if the program does not say. */
  readonly overloads?: number | undefined;
  /** Whether the program itself reports the error that a preview returns for the resource. */
  readonly tellsErrors?: boolean;
}

type Line = Declaration | { readonly changing: string };

/**
 * What this run declares. Only `check` writes it.
 *
 * In the update after a preview, migrations are applied before the program has declared what depends on them. The
 * preview's declarations tell them how to restore what they change. So if migrations are pending, declarations are kept
 * in a file that both processes of one run of Pulumi know, as in `PreviewedStates`. Claims, access and notes belong to
 * one process only.
 */
export class Declarations {
  readonly claims = new Claims();
  readonly access = new DeclaredAccess();
  readonly #file: RunFile<Line>;
  #found: Map<string, Declaration> | undefined;
  readonly #changing = new Set<string>();
  readonly #notes = new Map<string, ResourceNotes>();
  /** What is not in the file yet; undefined once everything is written there immediately. */
  #unpublished: Line[] | undefined = [];

  #expected: number | undefined;

  #watcher: (declaration: Declaration) => void = () => undefined;

  /** Without a file, only this process knows them. */
  constructor(file?: string) {
    this.#file = new RunFile(file);
  }

  /**
   * Records a declaration and what it implies.
   * @throws {InputError} if another resource already owns what this one claims
   */
  note(declaration: Declaration, { claims = [], access }: Meaning = {}): void {
    this.claims.note(declaration.urn, claims);
    if (access !== undefined) this.access.note(declaration.urn, access);
    this.#load().set(declaration.urn, declaration);
    this.#tell(declaration);
    this.#watcher(declaration);
  }

  /**
   * Records what is known about a resource. A replaced one is recorded twice, the second time without its inputs in the
   * state.
   */
  noteResource(urn: string, { former = this.#notes.get(urn)?.former, ...notes }: ResourceNotes): void {
    this.#notes.set(urn, { ...notes, former });
  }

  /** Calls the watcher for every declaration, including earlier ones. There can be only one watcher. */
  watch(watcher: (declaration: Declaration) => void): void {
    this.#watcher = watcher;
    for (const declaration of this.all()) watcher(declaration);
  }

  /** Records that the update will create or change the resource. */
  noteChange(urn: string): void {
    this.#load();
    this.#changing.add(urn);
    this.#tell({ changing: urn });
  }

  /** Makes everything that was recorded, and is recorded from now on, available to the update. */
  publish(): void {
    const lines = this.#unpublished ?? [];
    this.#unpublished = undefined;
    for (const line of lines) this.#file.append(line);
  }

  /**
   * Records how many resources of each kind the program declares; undefined if it does not say. It may declare more
   * after it has waited for a resource.
   * @param statesAccess whether the declarations of a kind come with an `AccessDeclaration`
   */
  expect(numbers: NumberByKind | undefined, statesAccess: (kind: string) => boolean): void {
    if (numbers === undefined) return;
    const kinds = Object.keys(numbers);
    const count = (counted: readonly string[]) => counted.reduce((sum, kind) => sum + (numbers[kind] ?? 0), 0);
    this.#expected = Math.max(this.#expected ?? 0, count(kinds));
    this.access.expect(count(kinds.filter(statesAccess)));
  }

  /** Whether the program has said how many resources it declares, and all of them apart from this one are known. */
  isWholeWith(urn: string): boolean {
    return this.#expected !== undefined && this.isCompleteBeside(urn);
  }

  /**
   * Whether everything that the program declares apart from this resource is known, provided that the program has said
   * how much that is. False if a resource failed, has unknown values, or is not part of the operation.
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

  /** What is known about a resource apart from its declaration. */
  notesOn(urn: string): ResourceNotes {
    return this.#notes.get(urn) ?? {};
  }

  /** In the order of declaration: dependencies come first. */
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
