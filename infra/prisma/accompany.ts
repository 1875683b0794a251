import pg from "pg";
import type { Row, Session } from "../provider/database.ts";
import { takeTurn } from "../provider/platform-locks.ts";
import type { DividedScript } from "./script.ts";
import type { MigrationSession } from "./session.ts";

/** Work that belongs into a migration's own transaction: it is done together with the migration, or not at all. */
export interface Accompaniment {
  /** Which part of the script is one transaction with the work. */
  readonly script: DividedScript;
  before(session: Session): Promise<void>;
  after(session: Session): Promise<void>;
}

/** Says what goes along with a migration; undefined where nothing does. */
export type Accompany = (migration: string, script: string) => Promise<Accompaniment | undefined>;

/** Runs a script that leaves transactions alone, with its company and its record, in one transaction. */
export async function runTogether(
  migrationSession: MigrationSession,
  script: string,
  { before, after }: Accompaniment,
  record: string,
): Promise<void> {
  const { client } = migrationSession;
  const session = sessionOf(client);
  try {
    await client.query(`begin; ${limit}`);
    await before(session);
    await client.query(script);
    await after(session);
    await client.query(`${record}; commit`);
  } catch (error) {
    await migrationSession.rollBack();
    throw error;
  }
}

/** Runs a script that begins and ends transactions itself, with its company in the one that its core is in. */
export async function runDivided(
  { client }: MigrationSession,
  { script, before, after }: Accompaniment,
): Promise<void> {
  const session = sessionOf(client);
  const { lead, core, rest } = script;
  await sendPart(client, lead, "");
  await client.query(script.leadBegins ? limit : `begin; ${limit}`);
  await before(session);
  await sendPart(client, core, lead);
  if (!script.coreStaysOpen) await client.query(`begin; ${limit}`);
  await after(session);
  if (!script.restEnds) await client.query("commit");
  await sendPart(client, rest, lead + core);
}

/** The locks of an open transaction must not outlive a client that is gone; and the script or its company may lock the platform's tables. */
const limit = `set local idle_in_transaction_session_timeout = '30s'; ${takeTurn}`;

/** Sends part of a script, so that an error names its place in the whole. */
async function sendPart(client: pg.Client, part: string, sent: string): Promise<void> {
  if (part.trim() === "") return;
  try {
    await client.query(part);
  } catch (error) {
    const position = error instanceof pg.DatabaseError ? Number(error.position) : Number.NaN;
    throw Number.isInteger(position)
      ? Object.assign(error as pg.DatabaseError, { position: String(position + [...sent].length) })
      : error;
  }
}

function sessionOf(client: pg.Client): Session {
  return {
    async run(script) {
      const answer = (await client.query(script)) as unknown as pg.QueryResult<Row> | pg.QueryResult<Row>[];
      return (Array.isArray(answer) ? answer : [answer]).map((result) => result.rows);
    },
  };
}
