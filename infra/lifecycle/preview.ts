import type { Answer, Probe } from "../catalog/probe.ts";
import { formatProblems, InputError, missingObject, type Problem } from "../errors/errors.ts";
import { differences, formatPath, isEqual, type Properties, withValueAt } from "../values/properties.ts";
import { resourceName } from "../values/urn.ts";
import { refuseToOverwrite } from "./adoption.ts";
import type { Context } from "./context.ts";
import { describeDifferences } from "./describe-differences.ts";
import type { Kind, NormaliseContext } from "./kind.ts";
import { normalise, withoutProperties } from "./normalise.ts";
import type { Operation } from "./operation.ts";
import {
  existedBeforeKey,
  onlySettings,
  type Reading,
  reading,
  recognise,
  relate,
  withoutSettings,
} from "./recognition.ts";
import { refuseToReplace } from "./replacement.ts";
import { findRewordings } from "./rewordings.ts";
import { describeUnchecked } from "./unchecked.ts";

/**
 * Brings a declaration into normal form, or says what is wrong with it. Asks the database nothing, unless a text is worded anew, or
 * pending migrations change it.
 */
export async function check(
  kind: Kind,
  input: Properties,
  context: NormaliseContext,
  urn: string,
): Promise<Properties | Problem[]> {
  try {
    const normal = await normalise(kind, input, context, resourceName(urn));
    if (Array.isArray(normal)) return normal;
    const desired = normal as Properties;
    const conflicts = kind.conflicts?.(desired, context.operation) ?? [];
    if (conflicts.length > 0) return [...conflicts];
    await note(kind, desired, context.operation, urn);
    const before = await noteRewordings(kind, desired, context, urn);
    return await examineUnchanged(kind, desired, before, context.operation);
  } catch (error) {
    if (error instanceof InputError) return [{ path: [], message: error.message }];
    throw error;
  }
}

/** @returns what was declared before, in the words of now where they mean the same */
async function noteRewordings(
  kind: Kind,
  desired: Properties,
  { operation, old }: NormaliseContext,
  urn: string,
): Promise<Properties | undefined> {
  if (old === undefined) return undefined;
  operation.rewordings.note(urn, await findRewordings(kind, old, desired, operation));
  return operation.rewordings.inDeclaredWords(urn, old, desired);
}

/** Writes down what a resource declares. Nothing else does. */
async function note(kind: Kind, desired: Properties, operation: Operation, urn: string): Promise<void> {
  const id = kind.identify(desired);
  const meaning = { claims: kind.claims(desired), access: kind.access?.(desired) };
  operation.declarations.note({ urn, kind: kind.name, id, inputs: desired }, meaning);
  if (kind.execute === undefined) return;
  const live = kind.find(await operation.snapshot(), id);
  const isDone = live && isEqual(withoutSettings(kind, live), withoutSettings(kind, desired));
  if (!isDone) operation.pending.expectWork(urn);
}

/**
 * Judges a declaration that does not change by what pending migrations leave, and what is replaced in this update: the engine asks for
 * nothing more of it. Others are judged with all that their creation or update is asked.
 */
async function examineUnchanged(
  kind: Kind,
  desired: Properties,
  before: Properties | undefined,
  operation: Operation,
): Promise<Properties | Problem[]> {
  const isAffected = operation.replacements.isAffected(kind.name, kind.identify(desired));
  const isJudged = isAffected || operation.pending.schema !== undefined;
  const probes = isJudged && isEqual(before, desired) ? kind.probes(desired) : [];
  const problems = [...(await examine(probes, operation)), ...(isAffected ? await refusals(probes, operation) : [])];
  // In one message: of each by itself the engine would show the whole value as well.
  return problems.length > 0 ? [{ path: [], message: formatProblems(problems) }] : desired;
}

async function examine(probes: readonly Probe[], operation: Operation): Promise<readonly Problem[]> {
  return (await operation.pending.schema?.examine(probes, (questions) => operation.questions.ask(questions))) ?? [];
}

/** What the server says against the declaration, with all that this operation will have made by then. */
async function refusals(probes: readonly Probe[], operation: Operation): Promise<readonly Problem[]> {
  const answers = await operation.questions.ask(probes);
  return answers.flatMap((answer, index) => (answer.ok ? [] : [{ ...answer, path: probes[index]?.path ?? [] }]));
}

/** Finds the live object. Texts that still mean what was declared are given back as declared, so that only real drift differs. */
export async function read(
  kind: Kind,
  id: string,
  inputs: Properties,
  state: Properties,
  context: Context,
): Promise<Reading | undefined> {
  if (Object.keys(inputs).length === 0) return await readForImport(kind, id, context);
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

/**
 * What creating would run into, told at preview.
 * @returns whether the object is there as declared, and nothing is to be executed
 */
export async function previewCreate(kind: Kind, desired: Properties, context: Context): Promise<boolean> {
  const live = kind.find(await context.operation.snapshot(), kind.identify(desired));
  const former = await refuseToReplace(kind, desired, context);
  const canonical = await validate(kind, live, desired, context, former);
  const known = await refuseToOverwrite(kind, live, desired, context);
  context.operation.declarations.noteChange(context.urn);
  const isAdopted = known !== undefined && differences(known, withoutSettings(kind, desired)).length === 0;
  if (isAdopted) context.report("info", `adopts ${kind.identify(desired)} unchanged: nothing is executed`);
  else if (known !== undefined) describeAdoption(kind, known, desired, canonical, context);
  await reportNotes(kind, known, desired, canonical, context);
  return isAdopted;
}

/**
 * What creating does to an object that is there already, as an update would show it. Of one that nobody has decided anything about, it
 * is only what goes or becomes another.
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

/** @returns false: an update is nothing that is adopted */
export async function previewUpdate(
  kind: Kind,
  before: Properties,
  desired: Properties,
  context: Context,
): Promise<boolean> {
  const live = context.operation.rewordings.inDeclaredWords(context.urn, before, desired);
  const describe = (words: ReadonlyMap<string, string>) =>
    context.report("info", describeDifferences(differences(live, desired), live, desired, words));
  let canonical: ReadonlyMap<string, string>;
  try {
    canonical = await validate(kind, live, desired, context);
  } catch (error) {
    // Beside what stands in the way, the reviewer sees what would be changed.
    describe(new Map());
    throw error;
  }
  context.operation.declarations.noteChange(context.urn);
  describe(canonical);
  await reportNotes(kind, live, desired, canonical, context);
  return false;
}

/** Notes of one severity go together: the engine shows each message under the resource's name. */
async function reportNotes(
  kind: Kind,
  live: Properties | undefined,
  desired: Properties,
  canonical: ReadonlyMap<string, string>,
  { operation, report }: Context,
): Promise<void> {
  if (kind.notes === undefined) return;
  const notes = await kind.notes({
    live: live && inWordsOf(kind, live, await askWords(kind, live, operation)),
    desired: inWordsOf(kind, desired, canonical),
    operation,
  });
  for (const severity of ["info", "warning"] as const) {
    const messages = notes.filter((note) => note.severity === severity).map((note) => note.message);
    if (messages.length > 0) report(severity, messages.join("\n"));
  }
}

/** Texts of what is live in the server's words, by path. */
async function askWords(
  kind: Kind,
  properties: Properties,
  operation: Operation,
): Promise<ReadonlyMap<string, string>> {
  const texts = kind.texts(properties);
  return wordsIn(
    texts.map(({ probe }) => probe),
    await operation.questions.ask(texts.map(({ probe }) => probe)),
  );
}

function wordsIn(probes: readonly Probe[], answers: readonly Answer[]): ReadonlyMap<string, string> {
  return new Map(
    probes.flatMap((probe, index) => {
      const answer = answers[index];
      return answer?.ok && answer.canonical !== "" ? [[formatPath(probe.path), answer.canonical]] : [];
    }),
  );
}

function inWordsOf(kind: Kind, properties: Properties, words: ReadonlyMap<string, string>): Properties {
  return kind
    .texts(properties)
    .reduce((result, { path, sql }) => withValueAt(result, path, words.get(formatPath(path)) ?? sql), properties);
}

/**
 * Refuses, at preview, what the server would refuse at apply.
 * @returns the declared texts in the server's words, by path
 */
async function validate(
  kind: Kind,
  live: Properties | undefined,
  desired: Properties,
  { operation, report, urn }: Context,
  former?: Properties,
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
  if (losses.length > 0) throw new InputError(formatProblems(losses));
  const answers = await operation.questions.ask(probes);
  const problems = answers.flatMap((answer, index) => {
    const probe = probes[index];
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
  if (certain.length > 0) throw new InputError(formatProblems(certain));
  const causes = open.flatMap((each) => each.causes);
  if (causes.length > 0) unmade.note(kind, desired, [...new Set(causes)]);
  for (const statement of kind.assumptions?.(desired) ?? []) operation.questions.assume(statement);
  return wordsIn(probes, answers);
}
