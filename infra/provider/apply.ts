import { createHash } from "node:crypto";
import type { Server } from "../catalog/catalog.ts";
import { readCatalog } from "../catalog/read.ts";
import type { Kind } from "../resources/kind.ts";
import { isPlatformSchema } from "../resources/platform-schemas.ts";
import { differences, formatPath, isEqual, type Properties } from "../resources/properties.ts";
import type { QualifiedName } from "../resources/sql/quote.ts";
import type { Context } from "./context.ts";
import type { Session } from "./database.ts";
import { describeError, InputError, sqlStateOf } from "./errors.ts";
import type { Operation } from "./operation.ts";
import { lockTable, scriptOf, takeTurn } from "./platform-locks.ts";
import { refuseToOverwrite } from "./preview.ts";
import {
  existedBeforeKey,
  type Reading,
  reading,
  recogniseByFingerprint,
  relate,
  takeTexts,
  withoutSettings,
} from "./recognition.ts";
import { refuseToReplace } from "./replacement.ts";

export async function create(kind: Kind, desired: Properties, context: Context): Promise<Reading> {
  const id = kind.identify(desired);
  await refuseToReplace(kind, desired, context);
  if (kind.carryOut) {
    await carryOut(kind, undefined, desired, context);
    return reading(kind, id, desired, desired);
  }
  return await transact(kind, id, context, async (session, live, server) => {
    const { operation } = context;
    const known = isBroughtByMigrations(kind, id, live, operation)
      ? live
      : await refuseToOverwrite(kind, live, desired, context);
    const existedBefore = operation.isManaged(kind.name, id)
      ? operation.existedBefore(kind.name, id)
      : live !== undefined;
    return await converge(kind, id, session, known, desired, server, existedBefore);
  });
}

/** Changes the object from what the state says, which reading has just made true, to what is declared; anything else in between is refused. */
export async function update(
  kind: Kind,
  id: string,
  old: { readonly inputs: Properties; readonly state: Properties },
  desired: Properties,
  context: Context,
): Promise<Reading> {
  refuseWhatWasNotShown(id, old.inputs, context);
  const existedBefore = old.state[existedBeforeKey] === true;
  if (kind.carryOut) {
    await carryOut(kind, old.inputs, desired, context);
    return reading(kind, id, desired, desired);
  }
  return await transact(kind, id, context, async (session, live, server) => {
    if (live === undefined) {
      throw new InputError(`${id} no longer exists: somebody removed it after the preview. Run the preview again`);
    }
    const unchanged = refuseChanged(kind, id, live, old, context.operation, desired);
    const known = context.operation.rewordings.inDeclaredWords(context.urn, unchanged, desired);
    return await converge(kind, id, session, known, desired, server, existedBefore);
  });
}

/**
 * Removes the object, unless another resource of the program (or this one, replaced) declares it now. Where an object that was replaced
 * can't go after all, it stays and the stack says so: the update that failed over it would fail again and again, over an object that the
 * program no longer knows.
 */
export async function remove(
  kind: Kind,
  id: string,
  old: { readonly inputs: Properties; readonly state: Properties },
  context: Context,
): Promise<void> {
  const successor = context.operation.findClaim(kind, old.inputs);
  if (successor !== undefined) {
    context.report("info", `${id} stays as it is: the resource ${successor} declares it now`);
    return;
  }
  if (kind.carryOut) return await carryOut(kind, old.inputs, undefined, context);
  const isReplaced = context.operation.isDeclared(context.urn);
  const note = await transact(kind, id, context, async (session, live, server) => {
    const existedBefore = old.state[existedBeforeKey] === true;
    const retention = live && (await kind.retain?.(live, { session, server, existedBefore, isReplaced }));
    const statements = live === undefined ? [] : (retention?.statements ?? kind.remove(live, old.inputs));
    if (live !== undefined && statements.length > 0) {
      refuseWhatWasNotShown(id, old.inputs, context);
      refuseChanged(kind, id, live, old, context.operation);
      const refusal = await attempt(session, scriptFor(kind, id, statements), isReplaced);
      if (refusal !== undefined) return { severity: "warning", reason: refusal } as const;
    }
    return retention;
  });
  if (note !== undefined) context.report(note.severity, `${kind.name} ${id} stays: ${note.reason}`);
}

/** Runs, in a transaction of the caller's, the plan until what is live is what was declared; a second round undoes what default privileges added to a new object. */
export async function converge(
  kind: Kind,
  id: string,
  session: Session,
  live: Properties | undefined,
  desired: Properties,
  server: Server,
  existedBefore = false,
): Promise<Reading> {
  const wanted = withoutSettings(kind, desired);
  let known = live;
  for (let round = 0; round < 3; round++) {
    // In one round trip: from the first statement on others may have to wait for the end of the transaction.
    const script = scriptFor(kind, id, kind.plan(known, desired, server));
    const stored = kind.find(await readCatalog(session, kind.scope(id), script), id);
    if (stored === undefined) throw new InputError(`${id} was written, but the catalog does not show it`);
    known = takeTexts(kind, stored, desired);
    if (isEqual(known, wanted)) return reading(kind, id, desired, stored, existedBefore);
  }
  const names = differences(known ?? {}, wanted).map(({ path }) => formatPath(path));
  throw new InputError(
    `the database accepted the statements and kept ${names.join(", ")} of ${id} as it was. ` +
      "That happens with grants that another role made: only that role can revoke them. Nothing was changed",
  );
}

/** One transaction on one object, which no other deployment can interleave: the lock is by object and ends with the transaction. */
async function transact<T>(
  kind: Kind,
  id: string,
  context: Context,
  work: (session: Session, live: Properties | undefined, server: Server) => Promise<T>,
): Promise<T> {
  const database = await context.operation.database();
  try {
    return await context.operation.apply(kind.name, id, () =>
      database.transaction(
        async (session) => {
          const catalog = await readCatalog(session, kind.scope(id));
          return await work(session, kind.find(catalog, id), catalog.server);
        },
        { opening: lockObject(kind, id), onRetry: (message) => context.report("info", message) },
      ),
    );
  } catch (error) {
    if (error instanceof InputError) throw error;
    const sqlState = sqlStateOf(error);
    throw new InputError(`${id}: ${describeError(error)}${sqlState === undefined ? "" : ` (SQLSTATE ${sqlState})`}`);
  }
}

/** Whether the object is as the migrations of this update left it, and there was none before them. */
function isBroughtByMigrations(kind: Kind, id: string, live: Properties | undefined, { migrated }: Operation): boolean {
  if (migrated === undefined || live === undefined) return false;
  return kind.find(migrated.before, id) === undefined && isEqual(kind.find(migrated.after, id), live);
}

/** Whether the object is as the migrations of this update left it, and was as the preview showed it before them. */
function isChangedByMigrations(
  kind: Kind,
  id: string,
  live: Properties,
  old: { readonly inputs: Properties; readonly state: Properties },
  { migrated }: Operation,
): boolean {
  const before = migrated === undefined ? undefined : kind.find(migrated.before, id);
  if (migrated === undefined || before === undefined) return false;
  const known = recogniseByFingerprint(kind, before, old.inputs, old.state);
  return isEqual(known, withoutSettings(kind, old.inputs)) && isEqual(kind.find(migrated.after, id), live);
}

async function carryOut(
  kind: Kind,
  live: Properties | undefined,
  desired: Properties | undefined,
  { operation, report }: Context,
): Promise<void> {
  await (await operation.database()).claim((message) => report("info", message));
  await operation.migrate(
    async () => await kind.carryOut?.({ live, desired, operation, report: (message) => report("info", message) }),
  );
}

function scriptFor(kind: Kind, id: string, statements: readonly string[]): string {
  return scriptOf(statements, tablesOf(kind, id));
}

function tablesOf(kind: Kind, id: string): readonly QualifiedName[] {
  const { tables = [] } = kind.scope(id);
  return tables === "all" ? [] : tables;
}

/** @returns why an object that was replaced can't be removed; the refusal of any other removal is an error */
async function attempt(session: Session, script: string, isReplaced: boolean): Promise<string | undefined> {
  if (!isReplaced) {
    await session.run(script);
    return undefined;
  }
  await session.run("savepoint palisade");
  try {
    await session.run(script);
    return undefined;
  } catch (error) {
    if (!inUse.has(sqlStateOf(error) ?? "")) throw error;
    await session.run("rollback to savepoint palisade");
    return describeError(error);
  }
}

/** dependent_objects_still_exist, foreign_key_violation, object_in_use */
const inUse = new Set(["2BP01", "23503", "55006"]);

/** The preview and the update of one run read separately: what they read must be the same. */
function refuseWhatWasNotShown(id: string, inputs: Properties, { seen, urn }: Context): void {
  const shown = seen.changedSince(urn, id, inputs);
  if (shown !== undefined) throw changedInBetween(id, shown, inputs);
}

/** @returns the live object in the words of the state, which it must agree with */
function refuseChanged(
  kind: Kind,
  id: string,
  live: Properties,
  old: { readonly inputs: Properties; readonly state: Properties },
  operation: Operation,
  desired?: Properties,
): Properties {
  const known = recogniseByFingerprint(kind, live, old.inputs, old.state);
  const expected = withoutSettings(kind, old.inputs);
  // Resources that this one names may have been made since, by this very update.
  const beside = (args: Properties) => (desired === undefined ? args : relate(kind, args, desired));
  if (!isEqual(beside(known), beside(expected)) && !isChangedByMigrations(kind, id, live, old, operation)) {
    throw changedInBetween(id, beside(expected), beside(known));
  }
  return known;
}

function changedInBetween(id: string, shown: Properties, found: Properties): InputError {
  const names = differences(shown, found).map(({ path }) => formatPath(path));
  return new InputError(
    `${id} is no longer what the preview showed: somebody changed ${names.join(", ")}. Nothing was changed; run the preview again`,
  );
}

/**
 * The statements that keep everybody from changing the object until the transaction ends: other deployments by an advisory lock, people
 * by a lock on its table that reading and writing rows does not notice.
 */
export function lockObject(kind: Kind, id: string): string {
  const tables = tablesOf(kind, id);
  const writesBuckets = kind.scope(id).buckets !== undefined;
  const key = createHash("sha256").update(`${kind.name} ${id}`).digest().readInt32BE(0);
  return [
    ...(writesBuckets || tables.some(({ schema }) => isPlatformSchema(schema)) ? [takeTurn] : []),
    `select pg_advisory_xact_lock(${lockNamespace}, ${key})`,
    ...tables.map((table) => lockTable(table, "share update exclusive")),
  ].join("; ");
}

/** "obj", so that these locks are not taken for those of deployments. */
const lockNamespace = 0x6f626a;
