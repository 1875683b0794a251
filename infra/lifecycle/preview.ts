import { InputError, missingObject } from "../errors/errors.ts";
import { differences, formatPath, isEqual, type Properties } from "../values/properties.ts";
import { adoptionNote, refuseToOverwrite } from "./adoption.ts";
import { adviseOnExtensions } from "./advise-on-extensions.ts";
import { examine } from "./check.ts";
import type { Context } from "./context.ts";
import { describeDifferences } from "./describe-differences.ts";
import { impactOf } from "./impact.ts";
import type { Kind } from "./kind.ts";
import { reportNotes } from "./notes.ts";
import type { Operation } from "./operation.ts";
import { relate, withoutSettings } from "./recognition.ts";
import { refuseToReplace } from "./replacement.ts";
import { describeUnchecked } from "./unchecked.ts";
import { askWords, inWordsOf, wordsIn } from "./words.ts";

/**
 * Reports at preview what creation would run into.
 * @returns whether the object already exists as declared, so that nothing has to be executed
 */
export async function previewCreate(kind: Kind, desired: Properties, context: Context): Promise<boolean> {
  const live = kind.find(await context.operation.snapshot(), kind.identify(desired));
  const former = await refuseToReplace(kind, desired, context);
  const canonical = await validate(kind, live, desired, context, {
    former,
    isStored: isAsDeclared(kind, live, desired),
  });
  const known = await refuseToOverwrite(kind, live, desired, context);
  context.operation.declarations.noteChange(context.urn);
  const isAdopted = known !== undefined && differences(known, withoutSettings(kind, desired)).length === 0;
  if (isAdopted) context.report("info", adoptionNote(kind, desired));
  else assume(kind, desired, context.operation);
  if (isAdopted && former === undefined) return true;
  if (!isAdopted && known !== undefined) describeAdoption(kind, known, desired, canonical, context);
  await tellNotes(kind, { live: known, desired, former }, canonical, context);
  return isAdopted;
}

/**
 * Describes creation over an existing object as an update would. If nobody has decided anything about that object, only
 * removed and changed values are listed.
 */
function describeAdoption(
  kind: Kind,
  live: Properties,
  desired: Properties,
  canonical: ReadonlyMap<string, string>,
  { operation, report }: Context,
): void {
  const wanted = withoutSettings(kind, desired);
  const found = differences(live, wanted);
  const isUntouched = kind.isUntouched?.(live, desired, operation) ?? false;
  const told = found.filter((difference) => !isUntouched || difference.kind !== "add");
  if (told.length > 0) report("info", describeDifferences(told, live, wanted, canonical));
}

/** @returns false: an update adopts nothing */
export async function previewUpdate(
  kind: Kind,
  before: Properties,
  desired: Properties,
  context: Context,
): Promise<boolean> {
  const live = context.operation.rewordings.inDeclaredWords(context.urn, before, desired);
  const found = differences(live, desired).filter(
    ({ path: [name = ""] }) => !kind.derive || !kind.derived?.includes(name),
  );
  const describe = (words: ReadonlyMap<string, string>) => {
    if (found.length > 0) context.report("info", describeDifferences(found, live, desired, words));
  };
  let canonical: ReadonlyMap<string, string>;
  try {
    canonical = await validate(kind, live, desired, context);
  } catch (error) {
    // Along with the problems, the reviewer sees what would change.
    describe(new Map());
    throw error;
  }
  context.operation.declarations.noteChange(context.urn);
  assume(kind, desired, context.operation);
  describe(canonical);
  await tellNotes(kind, { live, desired }, canonical, context);
  return false;
}

/** Whether the live object equals the declaration, without asking the server whether different texts mean the same. */
function isAsDeclared(kind: Kind, live: Properties | undefined, desired: Properties): boolean {
  return (
    live !== undefined && isEqual(withoutSettings(kind, relate(kind, live, desired)), withoutSettings(kind, desired))
  );
}

/** Makes later questions be answered as if the object existed. */
function assume(kind: Kind, desired: Properties, { questions }: Operation): void {
  for (const statement of kind.assumptions?.(desired) ?? []) questions.assume(statement);
}

/** Reports who gains and loses which access, and the kind's own notes. */
async function tellNotes(
  kind: Kind,
  { live, desired, former }: Parameters<typeof impactOf>[1],
  canonical: ReadonlyMap<string, string>,
  { operation, report, urn }: Context,
): Promise<void> {
  if (kind.notes === undefined && kind.reachAfter === undefined) return;
  const change = {
    live: live && inWordsOf(kind, live, await askWords(kind, live, operation)),
    desired: inWordsOf(kind, desired, canonical),
  };
  const impact = await impactOf(kind, { ...change, former }, operation);
  operation.impacts.set(urn, impact);
  const notes = [...impact.notes, ...((await kind.notes?.({ ...change, operation })) ?? [])];
  reportNotes(notes, report);
}

/**
 * Refuses at preview what the server would refuse during the update.
 * @returns the declared texts in the server's words, by path
 */
async function validate(
  kind: Kind,
  live: Properties | undefined,
  desired: Properties,
  { operation, report, urn }: Context,
  { former, isStored = false }: { readonly former?: Properties | undefined; readonly isStored?: boolean } = {},
): Promise<ReadonlyMap<string, string>> {
  await kind.inspect?.({
    live,
    desired,
    former,
    operation,
    report: (message, severity = "info") => report(severity, message),
  });
  operation.pending.noteRead(urn);
  const probes = kind.probes(desired);
  const losses = await examine(probes, operation);
  if (losses.length > 0) throw new InputError(losses);
  // A text that the server stores word for word has been accepted already.
  const asked = isStored ? probes.filter((probe) => !("form" in probe)) : probes;
  const answers = await operation.questions.ask(asked);
  const problems = answers.flatMap((answer, index) => {
    const probe = asked[index];
    return answer.ok || (probe && operation.pending.schema?.willHold(probe))
      ? []
      : [{ ...answer, probe, path: probe?.path ?? [] }];
  });
  const { unmade } = operation;
  const pending = operation.pending.untried;
  const waiting = problems.map((problem) => ({ problem, causes: unmade.causesOf(problem, problem.probe) }));
  const isOpen = ({ problem, causes }: (typeof waiting)[number]) =>
    causes.length > 0 || (pending.length > 0 && missingObject.includes(problem.sqlState));
  const open = waiting.filter(isOpen);
  const unchecked = open.map(({ problem, causes }) => ({
    path: formatPath(problem.path),
    message: problem.message,
    until:
      causes.length > 0
        ? `${causes.join(", ")} can be made`
        : `the pending migrations ${pending.join(", ")} are applied`,
  }));
  for (const line of describeUnchecked(unchecked)) report("warning", line);
  const certain = waiting.filter((each) => !isOpen(each)).map(({ problem }) => problem);
  if (certain.length > 0) throw new InputError(await adviseOnExtensions(certain, operation));
  const causes = open.flatMap((each) => each.causes);
  if (causes.length > 0) unmade.note(kind, desired, [...new Set(causes)]);
  return wordsIn(asked, answers);
}
