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
 * Makes the new object of a replacement and takes the old one away at once, with what uses it brought over. Where that can't be done yet,
 * the new one is made beside the old one, which is deleted when everything else has changed.
 * @returns the new object; undefined where it is still to be made
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

/** What runs a script with what uses the object brought over; undefined where its kind needs nothing of the sort. */
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
