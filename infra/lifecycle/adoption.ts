import { InputError } from "../errors/errors.ts";
import { projectCommand } from "../settings/project-command.ts";
import { differences, formatPath, type Properties } from "../values/properties.ts";
import { typeToken } from "../values/urn.ts";
import type { Context } from "./context.ts";
import { importCommand } from "./import-command.ts";
import type { Kind } from "./kind.ts";
import { recognise, withoutSettings } from "./recognition.ts";

const adopts = "adopts ";
const unchanged = " unchanged: nothing is executed";

/** The preview's note about an object that creation adopts as it is. */
export function adoptionNote(kind: Kind, desired: Properties): string {
  const [own] = kind.claims(desired);
  return `${adopts}${own?.description ?? kind.identify(desired)}${unchanged}`;
}

export function isAdoptionNote(message: string): boolean {
  const said = message.trim();
  return said.startsWith(adopts) && said.endsWith(unchanged);
}

/**
 * Lets creation adopt an object that already matches its declaration. Any difference is somebody's decision, and is not
 * overwritten without being asked to.
 * @returns the live object, with its texts in the declared words if they mean the same
 */
export async function refuseToOverwrite(
  kind: Kind,
  live: Properties | undefined,
  desired: Properties,
  context: Context,
): Promise<Properties | undefined> {
  if (live === undefined) return undefined;
  const known = withoutSettings(kind, await recognise(kind, live, desired, {}, context.operation));
  const found = differences(known, withoutSettings(kind, desired));
  const { operation, previewed, urn } = context;
  const id = kind.identify(desired);
  // If an earlier object of the resource has not been deleted yet, the resource gets it back.
  if (found.length === 0 || operation.options.adopt || previewed.isKnown(urn, id)) return known;
  if (kind.isUntouched?.(live, desired, operation)) return known;
  const { stack } = operation.options;
  const { parents } = operation.declarations.notesOn(urn);
  throw new InputError(
    `${id} exists already and differs from what is declared (${found.map(({ path }) => formatPath(path)).join(", ")}). ` +
      `Take it over with \`${importCommand(typeToken(kind.name), urn, id, { parents, stack })}\`; the next preview then shows the differences. ` +
      `Or have what is declared replace what is there: \`${projectCommand("pulumi", ["config", "set", "palisade:adopt", "true"], stack)}\``,
  );
}
