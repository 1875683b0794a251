import { setTimeout as sleep } from "node:timers/promises";
import { DatabaseError, sqlStateOf } from "../errors/errors.ts";
import type { Blocker, ControlSession } from "./control-session.ts";

/** How long one attempt to get a lock takes at most, and how often it is repeated, unless settings say otherwise. */
export const lockDefaults = { lockTimeoutMilliseconds: 3000, lockAttempts: 5 };

export interface LockLimits {
  readonly lockTimeoutMilliseconds: number;
  readonly lockAttempts: number;
}

/** Fills in the defaults. */
export function withLockDefaults({
  lockTimeoutMilliseconds = lockDefaults.lockTimeoutMilliseconds,
  lockAttempts = lockDefaults.lockAttempts,
}: {
  readonly [Limit in keyof LockLimits]?: LockLimits[Limit] | undefined;
}): LockLimits {
  return { lockTimeoutMilliseconds, lockAttempts };
}

export interface LockWaitOptions extends LockLimits {
  /** The time limit of the first attempt. Default: 250. */
  readonly firstTimeoutMilliseconds?: number;
}

/**
 * How a change, or a migration, waits for its locks.
 *
 * A session that waits for an ACCESS EXCLUSIVE lock makes everybody wait who comes later, including readers. So the
 * first attempt waits in the queue for a quarter of a second only. If it fails, somebody is in the middle of something
 * long; their end is awaited outside of the queue, where nobody is blocked. The next attempt is longer, up to the lock
 * time-out, only if the blocking sessions have changed in the meantime. A migration, whose attempt may be minutes of
 * work, waits for the whole lock time-out at once.
 */
export class LockWait {
  readonly #control: ControlSession;
  readonly #options: LockWaitOptions;
  /** Our own sessions, which are reported only if no other session blocks. */
  readonly #own: ReadonlySet<number>;
  readonly #began = Date.now();
  #attempts = 0;
  #blockers: readonly Blocker[] = [];
  /** The time limit of the next attempt, in milliseconds. */
  lockTimeout: number;

  constructor(control: ControlSession, options: LockWaitOptions, own: ReadonlySet<number> = new Set()) {
    this.#control = control;
    this.#options = options;
    this.#own = own;
    const { firstTimeoutMilliseconds = 250, lockTimeoutMilliseconds } = options;
    this.lockTimeout = Math.min(firstTimeoutMilliseconds, lockTimeoutMilliseconds);
  }

  /** Does the work, and records in the meantime which sessions block it. */
  async watch<T>(backend: number, work: () => Promise<T>): Promise<T> {
    let isOver = false;
    const look = async () => {
      for (;;) {
        // The wait for the platform's locks is the shortest, a fifth of the time limit.
        await sleep(this.lockTimeout / 6);
        if (isOver) return;
        const found = await this.#control.blockersOf(backend).catch(() => []);
        const others = found.filter(({ pid }) => !this.#own.has(pid));
        // A wait for one of our own to finish its turn is no reason why the attempt failed later.
        const own = found.filter(({ pid, isAdvisory }) => this.#own.has(pid) && !isAdvisory);
        if (others.length > 0) this.#blockers = others;
        else if (own.length > 0) this.#blockers = own.map(asOwn);
      }
    };
    void look();
    try {
      return await work();
    } finally {
      isOver = true;
    }
  }

  /** ` held by session 4711 (user postgres, …)`; empty if none was seen. */
  get heldBy(): string {
    const [holder] = this.#blockers;
    return holder === undefined ? "" : ` held by ${holder.description}`;
  }

  /** Waits for a better moment after a failed attempt. @returns false, at once, after enough attempts */
  async pause(signal: AbortSignal | undefined, onWait: (heldBy: string) => void): Promise<boolean> {
    this.#attempts++;
    const { lockAttempts, lockTimeoutMilliseconds } = this.#options;
    // If the blocking sessions keep changing, attempts are short, so a minimum time must have passed as well.
    if (this.#attempts >= lockAttempts && this.#elapsed >= (lockAttempts - 1) * lockTimeoutMilliseconds) return false;
    onWait(this.heldBy);
    const hasEnded = await this.#waitForEnd(signal);
    if (hasEnded) this.lockTimeout = Math.min(2 * this.lockTimeout, lockTimeoutMilliseconds);
    this.#blockers = hasEnded ? [] : this.#blockers;
    return true;
  }

  /** The error after enough attempts. */
  refusal(error: unknown): DatabaseError {
    const [holder] = this.#blockers;
    return new DatabaseError(
      `no lock could be had in ${this.#attempts} attempts within ${Math.round(this.#elapsed / 1000)} s${holder ? `; it is held by ${holder.description}` : ""}. ` +
        `Nothing was changed; wait for that session or end it${holder?.pid ? ` (select pg_terminate_backend(${holder.pid}))` : ""}, then run this again`,
      sqlStateOf(error),
    );
  }

  get #elapsed(): number {
    return Date.now() - this.#began;
  }

  /** @returns whether the blocking sessions have ended */
  async #waitForEnd(signal: AbortSignal | undefined): Promise<boolean> {
    const deadline = Date.now() + this.#options.lockTimeoutMilliseconds;
    // A random delay, so that not all waiting sessions retry at the same moment.
    await sleep(50 + Math.random() * 100);
    if (this.#blockers.length === 0) return true;
    while (Date.now() < deadline && !signal?.aborted) {
      if (!(await this.#control.areThere(this.#blockers).catch(() => false))) return true;
      await sleep(Math.min(100, this.#options.lockTimeoutMilliseconds));
    }
    return false;
  }
}

function asOwn(blocker: Blocker): Blocker {
  return { ...blocker, description: `another change of this same deployment: ${blocker.description}` };
}

/** Lock time-outs, deadlocks, serialization failures, and concurrent updates of one catalog row: retrying helps. */
export function isLockFailure(error: unknown): boolean {
  const state = sqlStateOf(error);
  if (["55P03", "40P01", "40001"].includes(state ?? "")) return true;
  return state === "XX000" && error instanceof Error && /^tuple concurrently (updated|deleted)$/.test(error.message);
}
