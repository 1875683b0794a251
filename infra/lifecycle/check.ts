import type { Probe } from "../catalog/probe.ts";
import { formatProblems, InputError, type Problem } from "../errors/errors.ts";
import { isEqual, type Properties } from "../values/properties.ts";
import { resourceName } from "../values/urn.ts";
import type { Context } from "./context.ts";
import type { Kind, NormaliseContext } from "./kind.ts";
import { type Log, tellOfLeaving } from "./leaving-notice.ts";
import { normalise } from "./normalise.ts";
import type { Operation } from "./operation.ts";
import { withoutSettings } from "./recognition.ts";
import { findRewordings } from "./rewordings.ts";
import { warnOfUndeclared } from "./undeclared-warning.ts";

/**
 * Brings a declaration into normal form, or reports what is wrong with it. It queries the database only if a text was
 * reworded or pending migrations change it.
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
    if (error instanceof InputError) return [...error.problems];
    throw error;
  }
}

/**
 * Checks a declaration of the program: with what its kind derives from the whole program, and, after the program's last
 * resource, with what is to be said of all of them.
 * @param old the resource's inputs in the state
 */
export async function checkInProgram(
  kind: Kind,
  input: Properties,
  old: Properties | undefined,
  context: Context,
  log: Log,
): Promise<Properties | Problem[]> {
  const { operation, urn } = context;
  const { server } = await operation.snapshot();
  const result = await check(kind, input, { server, operation, old }, urn);
  if (Array.isArray(result)) return result;
  const derived = await kind.derive?.(result as Properties, context);
  if (derived !== undefined) operation.derived.add(urn);
  await tellOfLeaving(context, log);
  // Reported for the stack, because it concerns no single resource.
  await warnOfUndeclared({ ...context, report: (severity, message) => log(severity, "", message) });
  return derived ?? result;
}

/** @returns the previous inputs, with their texts in the new words if they mean the same */
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

/** Records what a resource declares. Nothing else does. */
async function note(kind: Kind, desired: Properties, operation: Operation, urn: string): Promise<void> {
  const id = kind.identify(desired);
  const meaning = { claims: kind.claims(desired), access: kind.access?.(desired) };
  operation.declarations.note({ urn, kind: kind.name, id, inputs: desired }, meaning);
  if (kind.changesOthers !== true) return;
  const live = kind.find(await operation.snapshot(), id);
  const isDone = live && isEqual(withoutSettings(kind, live), withoutSettings(kind, desired));
  if (!isDone) operation.pending.expectWork(urn);
}

/**
 * Checks an unchanged declaration against the pending migrations, and against what is replaced in this update: the
 * engine makes no further call about it. Changed declarations are checked when their creation or update is previewed.
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
  // As one message: for each separate one, the engine would print the whole value again.
  return problems.length > 0 ? [{ path: [], message: formatProblems(problems) }] : desired;
}

/** What makes a declaration invalid once the pending migrations are applied. */
export async function examine(probes: readonly Probe[], operation: Operation): Promise<readonly Problem[]> {
  return (await operation.pending.schema?.examine(probes, (questions) => operation.questions.ask(questions))) ?? [];
}

/** The server's objections to the declaration, given everything that this operation will have created by then. */
export async function refusals(probes: readonly Probe[], operation: Operation): Promise<readonly Problem[]> {
  const answers = await operation.questions.ask(probes);
  return answers.flatMap((answer, index) => (answer.ok ? [] : [{ ...answer, path: probes[index]?.path ?? [] }]));
}
