import type { Server } from "../catalog/catalog.ts";
import { readCatalog } from "../catalog/read.ts";
import type { Session } from "../database/database.ts";
import { inSavepoint } from "../database/savepoint.ts";
import type { Properties } from "../values/properties.ts";
import { refuseChanged } from "./comparison.ts";
import type { Context } from "./context.ts";
import { type Kind, type OwnChange, StillInUse } from "./kind.ts";
import { lockObject, scriptFor } from "./object-lock.ts";

/**
 * Creates the new object of a replacement and drops the old one at once, moving its dependents over. If that is not
 * possible yet, the new object is created beside the old one, which is deleted after everything else has changed.
 * @returns the new object; undefined if it still has to be created
 */
export async function exchange(
  kind: Kind,
  former: Properties,
  step: {
    readonly live: Properties | undefined;
    readonly desired: Properties;
    readonly session: Session;
    readonly server: Server;
    readonly changes: OwnChange[];
  },
  context: Context,
): Promise<Properties | undefined> {
  if (kind.exchange === undefined) return undefined;
  const { session, desired, server } = step;
  const [from, to] = [kind.identify(former), kind.identify(desired)];
  await session.run(lockObject(kind, from));
  const found = kind.find(await readCatalog(session, kind.scope(from)), from);
  const state = context.operation.managed.find(kind.name, from)?.found;
  if (found === undefined || state === undefined) return undefined;
  refuseChanged(kind, from, state, context, { live: found });
  const statements = [...kind.remove(found, state.inputs), ...kind.plan(step.live, desired, server)];
  const work = async () =>
    await runner(kind, from, to, session, context, step.changes)?.(scriptFor(kind, to, statements));
  const { isDone } = await inSavepoint(session, work, (error) => error instanceof StillInUse);
  if (!isDone) return undefined;
  return kind.find(await readCatalog(session, kind.scope(to)), to);
}

/**
 * Returns a function that runs a script and moves the object's dependents over; undefined if the kind does not need
 * that.
 */
export function runner(
  kind: Kind,
  id: string,
  successor: string | undefined,
  session: Session,
  { operation }: Context,
  changes: OwnChange[],
): ((script: string) => Promise<void>) | undefined {
  const { exchange: bringOver } = kind;
  if (bringOver === undefined) return undefined;
  return async (script) => {
    if (script === "") return;
    const work = async () => void (await session.run(script));
    changes.push(...(await bringOver({ session, operation, id, successor, work })));
  };
}
