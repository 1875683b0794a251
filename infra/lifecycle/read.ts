import { formatProblems, InputError } from "../errors/errors.ts";
import type { Properties } from "../values/properties.ts";
import type { Context } from "./context.ts";
import { findImportId } from "./import-id.ts";
import type { Kind } from "./kind.ts";
import { normalise, withoutProperties } from "./normalise.ts";
import {
  existedBeforeKey,
  onlySettings,
  type Reading,
  reading,
  recognise,
  relate,
  storedTexts,
} from "./recognition.ts";

/**
 * Finds the live object. Texts that still mean what was declared are returned as declared, so that only real drift
 * shows as a difference.
 */
export async function read(
  kind: Kind,
  id: string,
  inputs: Properties,
  kept: Properties,
  context: Context,
): Promise<Reading | undefined> {
  if (Object.keys(inputs).length === 0) return await readForImport(kind, id, context);
  if (kind.derive !== undefined) return reading(id, inputs, []);
  // Throws for a malformed id, which would otherwise look like an object that does not exist.
  kind.scope(id);
  const live = kind.find(await context.operation.snapshot(), id);
  if (live === undefined) return undefined;
  const stored = storedTexts(kind, live);
  const known = await recognise(kind, live, inputs, kept, context.operation, stored);
  const found = { ...known, ...onlySettings(kind, inputs) };
  const result = reading(id, found, stored, kept[existedBeforeKey] === true);
  return note(kind, result, context, { inputs, kept });
}

/**
 * Reads an object such that it can be declared as it is. Properties that only a live object can have are left out, and
 * show up as drift in the next preview.
 * @throws {InputError} if the id names nothing, or something that can't be declared
 */
async function readForImport(kind: Kind, spelling: string, context: Context): Promise<Reading | undefined> {
  const { operation } = context;
  const catalog = await operation.snapshot();
  const id = await findImportId(kind, spelling, catalog);
  const live = kind.find(catalog, id);
  if (live === undefined) return undefined;
  const found = withoutProperties(relate(kind, live, undefined), kind.liveOnly);
  const declarable = await normalise(kind, found, { server: catalog.server, operation, old: undefined });
  if (Array.isArray(declarable)) throw new InputError(`${id} can't be imported: ${formatProblems(declarable)}`);
  const result = reading(id, { ...onlySettings(kind, declarable), ...found }, storedTexts(kind, live), true);
  return note(kind, result, context);
}

function note(
  kind: Kind,
  result: Reading,
  { previewed, urn, operation }: Context,
  state?: Pick<Reading, "inputs" | "kept">,
): Reading {
  const { id, inputs, kept } = result;
  previewed.note(urn, id, inputs);
  operation.managed.note(kind.name, id, {
    existedBefore: kept[existedBeforeKey] === true,
    found: { inputs, kept },
    state: state && { urn, ...state },
  });
  return result;
}
