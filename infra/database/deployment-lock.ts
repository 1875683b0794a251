import { createHash } from "node:crypto";
import { pollAdvisoryLock, queryHolder } from "./advisory-lock.ts";
import type { ControlSession } from "./control-session.ts";

export interface DeploymentLockOptions {
  /** How long to wait for another deployment. */
  readonly timeoutMilliseconds: number;
  /** Called once, if there is somebody to wait for. */
  readonly onWait: (message: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Keeps two deployments from changing one database at the same time. Each run takes a shared advisory lock under a
 * number of its own, and is alone if nobody holds one under another number. So the provider processes of one run share
 * the lock.
 */
export class DeploymentLock {
  readonly #session: ControlSession;
  readonly #lock: number;
  #taking: Promise<void> | undefined;

  /** @param run distinguishes this run of Pulumi from others */
  constructor(session: ControlSession, run: string) {
    this.#session = session;
    this.#lock = createHash("sha256").update(run).digest().readInt32BE(0);
    session.onEnd = () => {
      // The lock was lost together with the connection; the next change takes it again.
      this.#taking = undefined;
    };
  }

  /**
   * Takes the lock once, and keeps it until the session ends.
   * @throws {DatabaseError} naming the other deployment, if that has not ended in time
   */
  async take(options: DeploymentLockOptions): Promise<void> {
    this.#taking ??= this.#waitForLock(options).catch((error: unknown) => {
      this.#taking = undefined;
      throw error;
    });
    await this.#taking;
  }

  async #waitForLock({ timeoutMilliseconds, onWait, signal }: DeploymentLockOptions): Promise<void> {
    await pollAdvisoryLock(() => this.#tryLock(), {
      timeoutMilliseconds,
      intervalMilliseconds: 250,
      signal,
      cancelled: "cancelled before anything was changed",
      onWait: (other) => onWait(`waiting for another deployment on this database: ${other}`),
      refusal: (other) =>
        `another deployment is at work on this database: ${other}. It was waited for ${Math.round(timeoutMilliseconds / 1000)} s, and nothing was changed; run this again when it has finished`,
    });
  }

  /** @returns the other deployment, if there is one */
  async #tryLock(): Promise<string | undefined> {
    const other = await this.#findOther();
    if (other !== undefined) return other;
    await this.#session.query(`select pg_catalog.pg_advisory_lock_shared(${lockNamespace}, ${this.#lock})`);
    const rival = await this.#findOther();
    if (rival === undefined) return undefined;
    await this.#session.query(`select pg_catalog.pg_advisory_unlock_shared(${lockNamespace}, ${this.#lock})`);
    return rival;
  }

  async #findOther(): Promise<string | undefined> {
    const [other] = await this.#session.query<{ description: string }>(
      queryHolder(
        `held.objsubid = 2 and held.classid::bigint = ${lockNamespace} and held.objid::bigint <> ${this.#lock >>> 0}`,
      ),
    );
    return other?.description;
  }
}

/** "pali": distinguishes these locks from other advisory locks. */
const lockNamespace = 0x70616c69;
