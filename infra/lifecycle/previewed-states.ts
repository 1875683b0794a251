import { readdirSync, rmSync, statSync } from "node:fs";
import path from "node:path";
import { RunFile } from "../system/run-file.ts";
import { isEqual, type Properties } from "../values/properties.ts";

/**
 * What each object looked like when a run of Pulumi first read it. `pulumi up` reads twice, for the preview that somebody confirms and
 * again for the update, each in a provider process of its own: the first reading is kept in a file that both know, so that the update
 * can refuse what changed in between. While a resource is replaced it has two objects under one URN, the new one and the old one that is
 * still to be deleted; each is compared with itself.
 */
export class PreviewedStates {
  readonly #file: RunFile<readonly [key: string, inputs: Properties]>;
  #states: Map<string, Properties> | undefined;
  readonly #latest = new Map<string, Properties>();

  /** Without a file, what one process reads is all it compares with. */
  constructor(file?: string) {
    this.#file = new RunFile(file);
  }

  /** Keeps the first state seen of an object; later ones are ignored. */
  note(urn: string, id: string, inputs: Properties): void {
    const states = this.#load();
    const key = keyOf(urn, id);
    this.#latest.set(key, inputs);
    if (states.has(key)) return;
    states.set(key, inputs);
    this.#file.append([key, inputs]);
  }

  /** The first state seen. */
  firstOf(urn: string, id: string): Properties | undefined {
    return this.#load().get(keyOf(urn, id));
  }

  /** The first state seen, where it is another one than this. */
  changedSince(urn: string, id: string, inputs: Properties): Properties | undefined {
    const first = this.#load().get(keyOf(urn, id));
    return first === undefined || isEqual(first, inputs) ? undefined : first;
  }

  /** Whether the state has the object for this resource. */
  isKnown(urn: string, id: string): boolean {
    return this.#load().has(keyOf(urn, id));
  }

  /** Whether the state that this process has read is the first one seen. */
  isAsShown(urn: string, id: string): boolean {
    const latest = this.#latest.get(keyOf(urn, id));
    return latest === undefined || this.changedSince(urn, id, latest) === undefined;
  }

  #load(): Map<string, Properties> {
    this.#states ??= new Map(this.#file.read());
    return this.#states;
  }
}

/** The file of one run of Pulumi. Where its name may come back one day, files older than a day are none. */
export function previewedStatesFile(projectDirectory: string, run: string): string {
  const folder = path.join(projectDirectory, ".palisade", "seen");
  removeOld(folder);
  return path.join(folder, `${run}.jsonl`);
}

function keyOf(urn: string, id: string): string {
  return JSON.stringify([urn, id]);
}

function removeOld(folder: string): void {
  const dayAgo = Date.now() - 24 * 60 * 60 * 1000;
  try {
    for (const name of readdirSync(folder)) {
      const file = path.join(folder, name);
      if (statSync(file).mtimeMs < dayAgo) rmSync(file, { force: true });
    }
  } catch {
    // No folder yet, or another process is tidying it.
  }
}
