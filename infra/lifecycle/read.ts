import { formatProblems, InputError } from "../errors/errors.ts";
import type { Properties } from "../values/properties.ts";
import type { Context } from "./context.ts";
import type { Kind } from "./kind.ts";
import { normalise, withoutProperties } from "./normalise.ts";
import { existedBeforeKey, onlySettings, type Reading, reading, recognise, relate } from "./recognition.ts";

/** Finds the live object. Texts that still mean what was declared are given back as declared, so that only real drift differs. */
export async function read(
  kind: Kind,
  id: string,
  inputs: Properties,
  state: Properties,
  context: Context,
): Promise<Reading | undefined> {
  if (Object.keys(inputs).length === 0) return await readForImport(kind, id, context);
  if (kind.survey !== undefined) return reading(kind, id, withoutProperties(inputs, kind.derived), {});
  // An id that is not of the kind's form is refused, instead of looking like an object that does not exist.
  kind.scope(id);
  const live = kind.find(await context.operation.snapshot(), id);
  if (live === undefined) return undefined;
  const known = await recognise(kind, live, inputs, state, context.operation);
  const found = { ...known, ...onlySettings(kind, inputs) };
  return noteReading(kind, id, found, live, state[existedBeforeKey] === true, context, { inputs, outputs: state });
}

/**
 * What is imported can be declared as it is. What only a live object can have is left out, and is drift in the next preview.
 * @throws {InputError} where the id names nothing, or something that can't be declared
 */
async function readForImport(kind: Kind, spelling: string, context: Context): Promise<Reading | undefined> {
  const { operation } = context;
  const catalog = await operation.snapshot();
  const id = await kind.importId(spelling, catalog);
  const live = kind.find(catalog, id);
  if (live === undefined) return undefined;
  const found = withoutProperties(relate(kind, live, undefined), kind.liveOnly);
  const declarable = await normalise(kind, found, { server: catalog.server, operation, old: undefined });
  if (Array.isArray(declarable)) throw new InputError(`${id} can't be imported: ${formatProblems(declarable)}`);
  return noteReading(kind, id, { ...onlySettings(kind, declarable), ...found }, live, true, context);
}

function noteReading(
  kind: Kind,
  id: string,
  found: Properties,
  live: Properties,
  existedBefore: boolean,
  { previewed, urn, operation }: Context,
  state?: { readonly inputs: Properties; readonly outputs: Properties },
): Reading {
  const result = reading(kind, id, found, live, existedBefore);
  previewed.note(urn, id, found);
  const { inputs, outputs } = result;
  operation.managed.note(kind.name, id, {
    existedBefore,
    found: { inputs, outputs },
    state: state && { urn, ...state },
  });
  return result;
}
