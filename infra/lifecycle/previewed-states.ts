import { readdirSync, rmSync, statSync } from "node:fs";
import path from "node:path";
import { localFiles } from "../settings/local-files.mjs";
import { RunFile } from "../system/run-file.ts";
import { isEqual, type Properties } from "../values/properties.ts";

/**
 * The state of each object when a run of Pulumi first read it. `pulumi up` reads twice, in separate provider processes:
 * for the preview that the user confirms, and again for the update. The first reading is kept in a file that both
 * processes know, so that the update can refuse what changed in between. During a replacement, one URN has two objects,
 * the new one and the old one that is still to be deleted; each is compared with its own earlier state.
 */
export class PreviewedStates {
  readonly #file: RunFile<readonly [key: string, inputs: Properties]>;
  #states: Map<string, Properties> | undefined;
  readonly #latest = new Map<string, Properties>();

  /** Without a file, a process can compare only with its own readings. */
  constructor(file?: string) {
    this.#file = new RunFile(file);
  }

  /** Keeps the first state of an object; later ones are ignored. */
  note(urn: string, id: string, inputs: Properties): void {
    const states = this.#load();
    const key = keyOf(urn, id);
    this.#latest.set(key, inputs);
    if (states.has(key)) return;
    states.set(key, inputs);
    this.#file.append([key, inputs]);
  }

  /** The object's first state. */
  firstOf(urn: string, id: string): Properties | undefined {
    return this.#load().get(keyOf(urn, id));
  }

  /** The first state, if it differs from this one. */
  changedSince(urn: string, id: string, inputs: Properties): Properties | undefined {
    const first = this.#load().get(keyOf(urn, id));
    return first === undefined || isEqual(first, inputs) ? undefined : first;
  }

  /** Whether the state has the object for this resource. */
  isKnown(urn: string, id: string): boolean {
    return this.#load().has(keyOf(urn, id));
  }

  /** Whether the state that this process has read equals the first one. */
  isAsShown(urn: string, id: string): boolean {
    const latest = this.#latest.get(keyOf(urn, id));
    return latest === undefined || this.changedSince(urn, id, latest) === undefined;
  }

  #load(): Map<string, Properties> {
    this.#states ??= new Map(this.#file.read());
    return this.#states;
  }
}

/**
 * The file for one run of Pulumi. Because a run's name may be used again some day, files older than a day are deleted.
 */
export function previewedStatesFile(projectDirectory: string, run: string): string {
  const { previewedStates: folder } = localFiles(projectDirectory);
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
    // There is no folder yet, or another process is cleaning it up.
  }
}
