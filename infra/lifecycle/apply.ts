import { setTimeout } from "node:timers/promises";
import type { Catalog, Server } from "../catalog/catalog.ts";
import { readCatalog } from "../catalog/read.ts";
import type { Session } from "../database/database.ts";
import { inSavepoint } from "../database/savepoint.ts";
import type { PassedOn } from "../desired/passed-on.ts";
import { describeError, explainServerError, InputError, sqlStateOf } from "../errors/errors.ts";
import { differences, formatPath, isEqual, type Properties } from "../values/properties.ts";
import { classNameOf } from "./adoptable.ts";
import { refuseToOverwrite } from "./adoption.ts";
import { refuseChanged } from "./comparison.ts";
import type { Context } from "./context.ts";
import { exchange, runner } from "./exchange.ts";
import { type Kind, type OwnChange, type Retention, StillInUse } from "./kind.ts";
import { lockObject, scriptFor } from "./object-lock.ts";
import { existedBeforeKey, type Reading, reading, storedTexts, takeTexts, withoutSettings } from "./recognition.ts";
import { refuseToReplace } from "./replacement.ts";

export async function create(kind: Kind, desired: Properties, context: Context): Promise<Reading> {
  context.operation.questions.stopRemembering();
  const id = kind.identify(desired);
  const former = await refuseToReplace(kind, desired, context);
  if (kind.execute) {
    await execute(kind, undefined, desired, context);
    return reading(id, desired, storedTexts(kind, desired));
  }
  const { operation } = context;
  return await transact(kind, id, context, async (session, live, { server }, changes) => {
    const isMadeByUpdate =
      live !== undefined && operation.changes.explain(kind, id, live, (before) => before === undefined);
    const known = isMadeByUpdate ? live : await refuseToOverwrite(kind, live, desired, context);
    const existedBefore = operation.managed.find(kind.name, id)?.existedBefore ?? live !== undefined;
    const made = former && (await exchange(kind, former, { live: known, desired, session, server, changes }, context));
    return await converge(kind, id, session, made ?? known, desired, server, { existedBefore });
  });
}

/**
 * Changes the object from its state, which has just been refreshed, to what is declared. Refuses if it changed in
 * between.
 */
export async function update(
  kind: Kind,
  id: string,
  old: Pick<Reading, "inputs" | "kept">,
  desired: Properties,
  context: Context,
): Promise<Reading> {
  context.operation.questions.stopRemembering();
  refuseChanged(kind, id, old, context);
  const existedBefore = old.kept[existedBeforeKey] === true;
  if (kind.execute) {
    await execute(kind, old.inputs, desired, context);
    return reading(id, desired, storedTexts(kind, desired));
  }
  return await transact(kind, id, context, async (session, live, { server }, changes) => {
    if (live === undefined) {
      throw new InputError(`${id} no longer exists: somebody removed it after the preview. Run the preview again`);
    }
    const unchanged = refuseChanged(kind, id, old, context, { live, desired });
    const known = context.operation.rewordings.inDeclaredWords(context.urn, unchanged, desired);
    const run = runner(kind, id, id, session, context, changes);
    return await converge(kind, id, session, known, desired, server, { existedBefore, run });
  });
}

/**
 * Removes the object, unless another resource of the program, or this one after its replacement, declares it now. If an
 * object that was replaced can't be dropped, it stays and the update warns about it: failing would repeat with every
 * update, over an object that the program no longer knows.
 */
export async function remove(
  kind: Kind,
  id: string,
  old: Pick<Reading, "inputs" | "kept">,
  context: Context,
): Promise<void> {
  context.operation.questions.stopRemembering();
  const successor = context.operation.declarations.claims.find(kind.claims(old.inputs));
  if (successor !== undefined) {
    context.report("info", `${id} stays as it is: the resource ${successor} declares it now`);
    return;
  }
  if (kind.execute) return await execute(kind, old.inputs, undefined, context);
  const { operation, urn } = context;
  const isReplaced = operation.declarations.claims.isDeclared(urn);
  const work: Work<Pick<Retention, "severity" | "reason"> | undefined> = async (session, live, catalog, changes) => {
    const { server } = catalog;
    const existedBefore = old.kept[existedBeforeKey] === true;
    const declared = old.inputs;
    const retention = live && (await kind.retain?.(live, { declared, session, server, existedBefore, isReplaced }));
    const statements = live === undefined ? [] : (retention?.statements ?? removal(kind, id, live, old, catalog));
    if (live !== undefined && statements.length > 0) {
      refuseChanged(kind, id, old, context, { live });
      const script = scriptFor(kind, id, statements);
      const successor = isReplaced ? operation.declarations.ofUrn(urn)?.id : undefined;
      const exchanging = runner(kind, id, successor, session, context, changes);
      const refusal = await attempt(session, isReplaced, async () => {
        await (exchanging?.(script) ?? session.run(script));
      });
      if (refusal !== undefined) return { severity: "warning", reason: refusal };
    }
    return retention;
  };
  const note = await onceUsersHaveLeft(() => transact(kind, id, context, work));
  if (note !== undefined) context.report(note.severity, `${classNameOf(kind)} ${id} stays: ${note.reason}`);
}

function removal(
  kind: Kind,
  id: string,
  live: Properties,
  { inputs }: { readonly inputs: Properties },
  catalog: Catalog,
): readonly string[] {
  const passedOn = kind.passedOn?.(catalog, id, undefined) ?? [];
  return [...passedOn.flatMap(({ revoke }) => revoke), ...kind.remove(live, inputs)];
}

/**
 * Waits for the users of an object to be removed. The state may lack a dependency between two resources, and the engine
 * then removes both at the same time.
 */
async function onceUsersHaveLeft<T>(work: () => Promise<T>): Promise<T> {
  for (let attempts = 50; ; attempts--) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof StillInUse) || !error.isByLeaving || attempts === 1) throw error;
      await setTimeout(100);
    }
  }
}

interface ConvergeOptions {
  readonly existedBefore?: boolean;
  /** Runs a script of the plan. Default: it runs in one round trip with the query that reads the result. */
  readonly run?: ((script: string) => Promise<void>) | undefined;
}

/**
 * Repeats the plan, in the caller's transaction, until the live object matches its declaration. A second round revokes
 * what default privileges added to a new object, or what a grantee passed on; a further one restores grants that were
 * revoked along with these.
 */
export async function converge(
  kind: Kind,
  id: string,
  session: Session,
  live: Properties | undefined,
  desired: Properties,
  server: Server,
  { existedBefore = false, run }: ConvergeOptions = {},
): Promise<Reading> {
  const wanted = withoutSettings(kind, desired);
  let known = live;
  let passedOn: readonly PassedOn[] = [];
  for (let round = 0; round < 4; round++) {
    const statements =
      passedOn.length > 0 ? passedOn.flatMap(({ revoke }) => revoke) : kind.plan(known, desired, server);
    // In one round trip, because others may be waiting for this transaction from its first statement on.
    const script = scriptFor(kind, id, statements);
    if (run !== undefined) await run(script);
    const catalog = await readCatalog(session, kind.scope(id), run === undefined ? script : "");
    const stored = kind.find(catalog, id);
    if (stored === undefined) throw new InputError(`${id} was written, but the catalog does not show it`);
    known = takeTexts(kind, stored, desired);
    if (isEqual(known, wanted)) return reading(id, desired, storedTexts(kind, stored), existedBefore);
    passedOn = kind.passedOn?.(catalog, id, desired) ?? [];
  }
  const names = differences(known ?? {}, wanted).map(({ path }) => formatPath(path));
  const grantors = [...new Set(passedOn.map(({ grantor }) => grantor))].sort().join(", ");
  const cause =
    grantors === "" ? "an event trigger may have undone them" : `grants that ${grantors} made are still there`;
  throw new InputError(
    `the database accepted the statements and kept ${names.join(", ")} of ${id} as it was: ${cause}. Nothing was changed`,
  );
}

type Work<T> = (session: Session, live: Properties | undefined, catalog: Catalog, changes: OwnChange[]) => Promise<T>;

/**
 * Runs one transaction on one object. A lock on the object, held until the transaction ends, keeps other deployments
 * out.
 */
async function transact<T>(kind: Kind, id: string, context: Context, work: Work<T>): Promise<T> {
  const database = await context.operation.database();
  let changes: OwnChange[] = [];
  try {
    const result = await context.operation.changes.apply(kind.name, id, () =>
      database.transaction(
        async (session) => {
          changes = [];
          const catalog = await readCatalog(session, kind.scope(id));
          return await work(session, kind.find(catalog, id), catalog, changes);
        },
        { opening: lockObject(kind, id), onRetry: (message) => context.report("info", message) },
      ),
    );
    context.operation.changes.note(changes);
    return result;
  } catch (error) {
    if (error instanceof StillInUse) {
      const { isByLeaving, message } = error;
      throw new StillInUse(`${id} can't be dropped: ${message}`, { isByLeaving, cause: error });
    }
    throw explainServerError(error, id);
  }
}

async function execute(
  kind: Kind,
  live: Properties | undefined,
  desired: Properties | undefined,
  context: Context,
): Promise<void> {
  const { operation, report: tell } = context;
  const report = (message: string) => tell("info", message);
  if (desired !== undefined) await kind.wait?.({ live, desired, operation, context, report });
  await (await operation.database()).claim(report);
  await operation.changes.migrate(async () => await kind.execute?.({ live, desired, operation, context, report }));
}

/** @returns why an object that was replaced can't be removed; if any other removal is refused, the error is thrown */
async function attempt(session: Session, isReplaced: boolean, work: () => Promise<void>): Promise<string | undefined> {
  if (!isReplaced) {
    await work();
    return undefined;
  }
  const isTolerated = (error: unknown) => error instanceof StillInUse || inUse.has(sqlStateOf(error) ?? "");
  const outcome = await inSavepoint(session, work, isTolerated);
  return outcome.isDone ? undefined : describeError(outcome.error);
}

/** dependent_objects_still_exist, foreign_key_violation, object_in_use */
const inUse = new Set(["2BP01", "23503", "55006"]);
