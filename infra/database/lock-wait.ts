import { setTimeout as sleep } from "node:timers/promises";
import { DatabaseError, sqlStateOf } from "../errors/errors.ts";
import type { Blocker, DeploymentSession } from "./deployment-session.ts";

export interface LockWaitOptions {
  readonly lockTimeoutMilliseconds: number;
  readonly lockAttempts: number;
}

/**
 * How one change waits for its locks.
 *
 * Whoever waits for an ACCESS EXCLUSIVE lock makes everybody wait who comes later, readers too. So the first attempt stands in line for
 * a quarter of a second only. When it fails, somebody is in the middle of something long: their end is waited for out of line, where
 * nobody stands behind. Only where others have come and gone meanwhile is the next attempt a longer one, up to the lock time-out.
 */
export class LockWait {
  readonly #deployment: DeploymentSession;
  readonly #options: LockWaitOptions;
  /** Our own sessions: others are to be heard of first. */
  readonly #own: ReadonlySet<number>;
  readonly #began = Date.now();
  #attempts = 0;
  #blockers: readonly Blocker[] = [];
  /** How long the next attempt may stand in line, in milliseconds. */
  lockTimeout: number;

  constructor(deployment: DeploymentSession, options: LockWaitOptions, own: ReadonlySet<number>) {
    this.#deployment = deployment;
    this.#options = options;
    this.#own = own;
    this.lockTimeout = Math.min(firstTimeoutMilliseconds, options.lockTimeoutMilliseconds);
  }

  /** Does the work, and notes meanwhile who stands in this session's way. */
  async watch<T>(backend: number, work: () => Promise<T>): Promise<T> {
    let isOver = false;
    const look = async () => {
      await sleep(this.lockTimeout / 3);
      while (!isOver) {
        const found = await this.#deployment.blockersOf(backend).catch(() => []);
        const others = found.filter(({ pid }) => !this.#own.has(pid));
        if (others.length > 0) this.#blockers = others;
        else if (found.length > 0) this.#blockers = found.map(asOwn);
        await sleep(this.lockTimeout / 3);
      }
    };
    void look();
    try {
      return await work();
    } finally {
      isOver = true;
    }
  }

  /**
   * Waits, after a failed attempt, for a better moment.
   * @throws {DatabaseError} naming who holds the lock, when there have been enough attempts
   */
  async pause(error: unknown, signal: AbortSignal, onWait: (message: string) => void = () => undefined): Promise<void> {
    this.#attempts++;
    const [holder] = this.#blockers;
    const { lockAttempts, lockTimeoutMilliseconds } = this.#options;
    const elapsed = Date.now() - this.#began;
    // Where others come and go, attempts are over soon: time must have passed as well.
    if (this.#attempts >= lockAttempts && elapsed >= (lockAttempts - 1) * lockTimeoutMilliseconds) {
      const seconds = Math.round(elapsed / 1000);
      throw new DatabaseError(
        `no lock could be had in ${this.#attempts} attempts within ${seconds} s${holder ? `; it is held by ${holder.description}` : ""}. ` +
          `Nothing was changed; wait for that session or end it${holder?.pid ? ` (select pg_terminate_backend(${holder.pid}))` : ""}, then run this again`,
        sqlStateOf(error),
      );
    }
    onWait(`waiting for a lock${holder ? ` held by ${holder.description}` : ""}; trying again`);
    const hasEnded = await this.#waitForEnd(signal);
    if (hasEnded) this.lockTimeout = Math.min(2 * this.lockTimeout, this.#options.lockTimeoutMilliseconds);
    this.#blockers = hasEnded ? [] : this.#blockers;
  }

  /** @returns whether those in the way have gone */
  async #waitForEnd(signal: AbortSignal): Promise<boolean> {
    const deadline = Date.now() + this.#options.lockTimeoutMilliseconds;
    // Not all at the same moment again.
    await sleep(50 + Math.random() * 100);
    if (this.#blockers.length === 0) return true;
    while (Date.now() < deadline && !signal.aborted) {
      if (!(await this.#deployment.areThere(this.#blockers).catch(() => false))) return true;
      await sleep(Math.min(100, this.#options.lockTimeoutMilliseconds));
    }
    return false;
  }
}

const firstTimeoutMilliseconds = 250;

function asOwn(blocker: Blocker): Blocker {
  return { ...blocker, description: `another change of this same deployment: ${blocker.description}` };
}

/** Lock time-outs, deadlocks, serialisation failures, and two that changed one row of the catalog: they pass when tried again. */
export function isLockFailure(error: unknown): boolean {
  const state = sqlStateOf(error);
  if (isLockState(state)) return true;
  return state === "XX000" && error instanceof Error && /^tuple concurrently (updated|deleted)$/.test(error.message);
}

export function isLockState(sqlState: string | undefined): boolean {
  return ["55P03", "40P01", "40001"].includes(sqlState ?? "");
}
