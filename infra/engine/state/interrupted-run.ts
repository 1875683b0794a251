import { existsSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { InputError } from "../../errors/errors.ts";
import { projectCommand } from "../../settings/project-command.ts";
import { isAlive } from "../../system/is-alive.ts";

/** A stack in a file backend. */
export interface FileStack {
  /** The folder in the backend's URL. */
  readonly state: string;
  readonly project: string;
  readonly stack: string;
}

/**
 * Removes the locks of engines that were killed, which Pulumi leaves to people (`pulumi cancel`). A lock names its
 * process and machine. It is removed only if the machine is this one and the process has ended.
 *
 * @returns one line for each
 */
export function clearDeadLocks(of: FileStack): readonly string[] {
  const { stack } = of;
  const folder = locksFolder(of);
  const files = existsSync(folder) ? readdirSync(folder) : [];
  for (const name of files.filter((file) => file.endsWith(".tmp"))) removeOld(join(folder, name));
  for (const name of files.filter((file) => file.endsWith(".json"))) {
    // Pulumi writes locks atomically. One that is not valid JSON was truncated by a full disk or a power failure, and
    // Pulumi can't read it either.
    if (!isJson(join(folder, name))) removeOld(join(folder, name));
  }
  return files.flatMap((name) => {
    const lock = name.endsWith(".json") ? readLock(join(folder, name)) : undefined;
    if (lock === undefined || lock.hostname !== hostname() || isRunning(lock.pid)) return [];
    rmSync(join(folder, name), { force: true });
    return [
      `The last update of the stack ${stack} was killed (process ${lock.pid}, begun ${lock.timestamp}): its lock is removed. ` +
        "What it had changed is kept, and this run finishes the rest",
    ];
  });
}

/**
 * Pulumi refuses a second update too, but advises `pulumi cancel`, which lets both write the same state. An engine goes
 * on if only the command that started it is killed.
 * @throws {InputError} if an update of the stack is running on this machine, or may be: another machine's processes are
 * not known here, nor is the process of a lock that can't be read
 */
export function refuseRunningUpdate(of: FileStack): void {
  const folder = locksFolder(of);
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".json")) : [];
  for (const path of files.map((name) => join(folder, name))) {
    const found = describeUpdate(path, of.stack);
    if (found === undefined) continue;
    throw new InputError(
      `${found.update}: wait until it has ended, and run this again. ` +
        `Only if ${found.unless}, remove the lock: ${projectCommand("pulumi", ["cancel"], of.stack)}`,
    );
  }
}

/**
 * A stack's export (`pulumi stack export`) without a killed engine's pending creations that belong to this provider.
 * The provider adopts existing objects, so nobody has to find out whether the creations were completed.
 *
 * @returns undefined if there are none
 */
export function withoutPendingCreations(exported: string): string | undefined {
  const state = JSON.parse(exported) as { readonly deployment?: { readonly pending_operations?: readonly Pending[] } };
  const pending = state.deployment?.pending_operations ?? [];
  const kept = pending.filter(
    ({ type, resource }) => type !== "creating" || resource?.type?.startsWith("palisade:") !== true,
  );
  if (kept.length === pending.length) return undefined;
  return JSON.stringify({ ...state, deployment: { ...state.deployment, pending_operations: kept } });
}

interface Pending {
  readonly type?: string;
  readonly resource?: { readonly type?: string };
}

interface Lock {
  readonly pid: number;
  readonly hostname: string;
  readonly timestamp: string;
}

function locksFolder({ state, project, stack }: FileStack): string {
  return join(state, ".pulumi", "locks", "organization", project, stack);
}

/** The update that has a lock, and the case in which it has ended; undefined if it certainly has. */
function describeUpdate(path: string, stack: string): { readonly update: string; readonly unless: string } | undefined {
  const lock = readLock(path);
  if (lock === undefined) {
    if (!existsSync(path)) return undefined;
    return {
      update: `the stack ${stack} has a lock that can't be read (${path}), so an update of it may be running`,
      unless: "none is running",
    };
  }
  const { pid, timestamp } = lock;
  if (lock.hostname !== hostname()) {
    return {
      update: `an update of the stack ${stack} may be running on another machine (process ${pid} on ${lock.hostname}, begun ${timestamp})`,
      unless: "it was killed",
    };
  }
  if (!isRunning(pid)) return undefined;
  return {
    update: `an update of the stack ${stack} is still running (process ${pid}, begun ${timestamp})`,
    unless: `process ${pid} is another program's`,
  };
}

/** Whether the file is intact; a missing one counts as intact. */
function isJson(path: string): boolean {
  try {
    JSON.parse(readFileSync(path, "utf8"));
    return true;
  } catch (error) {
    return !(error instanceof SyntaxError);
  }
}

/**
 * Removes a file that an engine was writing when it was killed, and that Pulumi would count as a lock. An engine that
 * is still writing it would finish at once.
 */
function removeOld(path: string): void {
  const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
  if (age > 10_000) rmSync(path, { force: true });
}

/** Undefined if it is not a Pulumi lock. */
function readLock(path: string): Lock | undefined {
  try {
    const { pid, hostname: host, timestamp } = JSON.parse(readFileSync(path, "utf8")) as Partial<Lock>;
    if (typeof pid !== "number" || typeof host !== "string" || typeof timestamp !== "string") return undefined;
    return { pid, hostname: host, timestamp };
  } catch {
    return undefined;
  }
}

/**
 * Whether the process is running. Process ids are reused: if the system tells a process's name, one that is not Pulumi
 * is another process.
 */
function isRunning(pid: number): boolean {
  if (!isAlive(pid)) return false;
  try {
    const [, name, state] = /^\d+ \((.*)\) (\S)/su.exec(readFileSync(`/proc/${pid}/stat`, "utf8")) ?? [];
    // A zombie has ended, but its parent has not collected it yet.
    return state !== "Z" && name?.startsWith("pulumi") !== false;
  } catch {
    return true;
  }
}
