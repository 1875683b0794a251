import { createHash } from "node:crypto";
import type { Server } from "../catalog/catalog.ts";
import { readCatalog } from "../catalog/read.ts";
import type { Kind, NormaliseContext } from "../resources/kind.ts";
import {
  differences,
  formatPath,
  isEqual,
  isProperties,
  type Path,
  type Properties,
  type Value,
  valueAt,
  withValueAt,
} from "../resources/properties.ts";
import type { Session } from "./database.ts";
import { describeError, InputError, type Problem, sqlStateOf } from "./errors.ts";
import { type Operation, resourceName } from "./operation.ts";

/** What the state keeps of a resource beside its inputs: the fingerprint of each SQL text as the server stored it, by path. */
const fingerprintsKey = "fingerprints";

export interface Reading {
  readonly id: string;
  readonly inputs: Properties;
  readonly outputs: Properties;
}

export interface Context {
  readonly operation: Operation;
  readonly urn: string;
  /** Shows a line under the resource. */
  readonly report: (severity: "info" | "warning", message: string) => void;
}

/** Brings a declaration into normal form, or says what is wrong with it. Asks the database nothing. */
export async function check(
  kind: Kind,
  input: Properties,
  context: NormaliseContext,
  urn: string,
): Promise<Properties | Problem[]> {
  const parsed = kind.input.safeParse(input);
  if (!parsed.success) {
    return parsed.error.issues.map((issue) => ({ path: issue.path.map(String), message: issue.message }));
  }
  try {
    const normal = await kind.normalise(input, context);
    if (!Array.isArray(normal)) context.operation.claim(kind, normal as Properties, urn);
    return normal as Properties | Problem[];
  } catch (error) {
    if (error instanceof InputError) return [{ path: [], message: error.message }];
    throw error;
  }
}

/** Finds the live object. Texts that still mean what was declared are given back as declared, so that only real drift differs. */
export async function read(
  kind: Kind,
  id: string,
  inputs: Properties,
  state: Properties,
  context: Context,
): Promise<Reading | undefined> {
  kind.scope(id);
  const live = kind.find(await context.operation.snapshot(), id);
  if (live === undefined) return undefined;
  const isImport = Object.keys(inputs).length === 0;
  const settings = Object.fromEntries(
    (kind.settings ?? []).flatMap((key) => (inputs[key] === undefined ? [] : [[key, inputs[key]]])),
  );
  const known = isImport ? live : await recognise(kind, live, inputs, state, context.operation);
  return reading(kind, id, { ...known, ...settings }, live);
}

/** Refuses, at preview, what the server would refuse at apply. */
async function validate(
  kind: Kind,
  live: Properties | undefined,
  desired: Properties,
  context: Context,
): Promise<void> {
  const { operation, report } = context;
  await kind.inspect?.({ live, desired, operation });
  const probes = kind.probes(desired);
  const answers = await operation.ask(probes);
  const problems = answers.flatMap((answer, index) =>
    answer.ok ? [] : [{ ...answer, path: probes[index]?.path ?? [] }],
  );
  const isOpen = (sqlState: string) => operation.expectedChanges.length > 0 && missingObject.includes(sqlState);
  for (const { path, message, sqlState } of problems) {
    if (isOpen(sqlState))
      report(
        "warning",
        `${formatPath(path)}: ${message}. This can't be checked before the pending migrations ${operation.expectedChanges.join(", ")} are applied`,
      );
  }
  const certain = problems.filter(({ sqlState }) => !isOpen(sqlState));
  if (certain.length > 0) throw new InputError(formatProblems(certain));
  for (const statement of kind.assumptions?.(desired) ?? []) operation.assume(statement);
}

/** undefined_table, undefined_column, undefined_object, undefined_function: what a migration may still bring. */
const missingObject = ["42P01", "42703", "42704", "42883"];

/** What creating would run into, told at preview. */
export async function previewCreate(kind: Kind, desired: Properties, context: Context): Promise<void> {
  const live = kind.find(await context.operation.snapshot(), kind.identify(desired));
  await validate(kind, live, desired, context);
  await refuseToOverwrite(kind, live, desired, context);
  for (const note of kind.notes?.({ live, desired }) ?? []) context.report("warning", note);
}

export async function previewUpdate(
  kind: Kind,
  live: Properties,
  desired: Properties,
  context: Context,
): Promise<void> {
  await validate(kind, live, desired, context);
  context.report("info", describeDifferences(live, desired));
  for (const note of kind.notes?.({ live, desired }) ?? []) context.report("warning", note);
}

export async function create(kind: Kind, desired: Properties, context: Context): Promise<Reading> {
  const id = kind.identify(desired);
  if (kind.carryOut) {
    await kind.carryOut({
      live: undefined,
      desired,
      operation: context.operation,
      report: (message) => context.report("info", message),
    });
    return reading(kind, id, desired, desired);
  }
  return await transact(kind, id, context, async (session, live, server) => {
    await refuseToOverwrite(kind, live, desired, context);
    return await converge(kind, id, session, live, desired, server);
  });
}

export async function update(
  kind: Kind,
  id: string,
  oldInputs: Properties,
  oldState: Properties,
  desired: Properties,
  context: Context,
): Promise<Reading> {
  if (kind.carryOut) {
    await kind.carryOut({
      live: oldInputs,
      desired,
      operation: context.operation,
      report: (message) => context.report("info", message),
    });
    return reading(kind, id, desired, desired);
  }
  return await transact(kind, id, context, async (session, live, server) => {
    if (live === undefined)
      throw new InputError(`${id} no longer exists; somebody removed it after the preview. Run the preview again`);
    const known = recogniseByFingerprint(kind, live, oldInputs, oldState);
    const expected = withoutSettings(kind, oldInputs);
    if (!isEqual(known, expected)) {
      const names = differences(expected, known).map(({ path }) => formatPath(path));
      throw new InputError(
        `${id} is no longer what the preview showed: somebody changed ${names.join(", ")}. Nothing was changed; run the preview again`,
      );
    }
    return await converge(kind, id, session, known, desired, server);
  });
}

export async function remove(kind: Kind, id: string, declared: Properties, context: Context): Promise<void> {
  if (kind.carryOut) {
    await kind.carryOut({
      live: declared,
      desired: undefined,
      operation: context.operation,
      report: (message) => context.report("info", message),
    });
    return;
  }
  await transact(kind, id, context, async (session, live) => {
    if (live === undefined) return;
    await executeAll(session, kind.remove(live, declared));
  });
}

/** Runs the plan until what is live is what was declared; a second round undoes what default privileges added to a new object. */
async function converge(
  kind: Kind,
  id: string,
  session: Session,
  live: Properties | undefined,
  desired: Properties,
  server: Server,
): Promise<Reading> {
  let known = live;
  for (let round = 0; round < 3; round++) {
    await executeAll(session, kind.plan(known, desired, server));
    const stored = kind.find(await readCatalog(session, kind.scope(id)), id);
    if (stored === undefined) throw new InputError(`${id} was written, but the catalog does not show it`);
    known = takeTexts(kind, stored, desired);
    if (isEqual(known, withoutSettings(kind, desired))) return reading(kind, id, desired, stored);
  }
  const names = differences(known ?? {}, withoutSettings(kind, desired)).map(({ path }) => formatPath(path));
  throw new InputError(
    `the database accepted the statements and kept ${names.join(", ")} of ${id} as it was. That happens with grants that another role made: only that role can revoke them. Nothing was changed`,
  );
}

async function transact<T>(
  kind: Kind,
  id: string,
  context: Context,
  work: (session: Session, live: Properties | undefined, server: Server) => Promise<T>,
): Promise<T> {
  const database = await context.operation.database();
  try {
    return await database.transaction(
      async (session) => {
        // Two deployments must not interleave on one object; the lock ends with the transaction.
        await session.run(`select pg_advisory_xact_lock(${lockNamespace}, ${lockKey(kind, id)})`);
        const catalog = await readCatalog(session, kind.scope(id));
        return await work(session, kind.find(catalog, id), catalog.server);
      },
      { onRetry: (message) => context.report("info", message) },
    );
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(
      `${id}: ${describeError(error)}${sqlStateOf(error) ? ` (SQLSTATE ${sqlStateOf(error)})` : ""}`,
    );
  }
}

async function executeAll(session: Session, statements: readonly string[]): Promise<void> {
  if (statements.length > 0) await session.run(statements.join(";\n"));
}

function reading(kind: Kind, id: string, inputs: Properties, stored: Properties): Reading {
  const fingerprints = Object.fromEntries(
    kind.texts(stored).map(({ path, sql }) => [formatPath(path), fingerprint(sql)]),
  );
  return { id, inputs, outputs: { ...inputs, [fingerprintsKey]: fingerprints } };
}

/** The change in lines that a reviewer can read in the plain preview, where Pulumi shows no values. */
function describeDifferences(from: Properties, to: Properties): string {
  const show = (value: Value | undefined) => (value === undefined ? "nothing" : JSON.stringify(value));
  return differences(from, to)
    .map(({ path }) => `${formatPath(path)}: ${show(valueAt(from, path))} => ${show(valueAt(to, path))}`)
    .join("\n");
}

/** Same fingerprint: the declared text stands. Otherwise the server compares what both texts mean. */
async function recognise(
  kind: Kind,
  live: Properties,
  declared: Properties,
  state: Properties,
  operation: Operation,
): Promise<Properties> {
  const known = recogniseByFingerprint(kind, live, declared, state);
  const changed = kind
    .texts(known)
    .filter(({ path, sql }) => typeof valueAt(declared, path) === "string" && valueAt(declared, path) !== sql);
  if (changed.length === 0) return known;
  const declaredTexts = new Map(kind.texts(declared).map((text) => [formatPath(text.path), text]));
  const pairs = changed.flatMap((text) => {
    const declaredText = declaredTexts.get(formatPath(text.path));
    return declaredText === undefined ? [] : [{ path: text.path, live: text.probe, declared: declaredText }];
  });
  const answers = await operation.ask(pairs.flatMap((pair) => [pair.live, pair.declared.probe]));
  return pairs.reduce((result, { path, declared: text }, index) => {
    const [left, right] = answers.slice(index * 2, index * 2 + 2);
    return left?.ok && right?.ok && left.canonical === right.canonical ? withValueAt(result, path, text.sql) : result;
  }, known);
}

function recogniseByFingerprint(kind: Kind, live: Properties, declared: Properties, state: Properties): Properties {
  const fingerprints = isProperties(state[fingerprintsKey]) ? state[fingerprintsKey] : {};
  return kind.texts(live).reduce((result, { path, sql }) => {
    const text = valueAt(declared, path);
    return typeof text === "string" && fingerprints[formatPath(path)] === fingerprint(sql)
      ? withValueAt(result, path, text)
      : result;
  }, live);
}

/** The stored object with the texts it was just given, in the words they were given in. */
function takeTexts(kind: Kind, stored: Properties, desired: Properties): Properties {
  return kind.texts(stored).reduce((result, { path }) => {
    const text = valueAt(desired, path);
    return typeof text === "string" ? withValueAt(result, path, text) : result;
  }, stored);
}

/** Creating adopts what is already as declared; what differs is somebody's decision and is not overwritten unasked. */
async function refuseToOverwrite(
  kind: Kind,
  live: Properties | undefined,
  desired: Properties,
  context: Context,
): Promise<void> {
  if (live === undefined || context.operation.options.adopt || kind.isUntouched?.(live, desired)) return;
  const known = await recognise(kind, live, desired, {}, context.operation);
  const found = differences(known, withoutSettings(kind, desired));
  if (found.length === 0) return;
  const id = kind.identify(desired);
  throw new InputError(
    `${id} exists already and differs from what is declared (${found.map(({ path }) => formatPath(path)).join(", ")}). ` +
      `Take it over with \`pulumi import palisade:index:${kind.name} ${resourceName(context.urn)} '${id}'\`; the next preview then shows the differences. ` +
      "Or set the stack's configuration palisade:adopt to true, and what is declared replaces what is there",
  );
}

function withoutSettings(kind: Kind, inputs: Properties): Properties {
  return Object.fromEntries(Object.entries(inputs).filter(([key]) => !kind.settings?.includes(key)));
}

export function formatProblems(problems: readonly Problem[]): string {
  return problems
    .map(({ path, message }) => (path.length === 0 ? message : `${formatPath(path as Path)}: ${message}`))
    .join("\n");
}

function fingerprint(sql: string): string {
  return createHash("sha256").update(sql).digest("base64url").slice(0, 22);
}

const lockNamespace = 0x70616c69;

function lockKey(kind: Kind, id: string): number {
  return createHash("sha256").update(`${kind.name} ${id}`).digest().readInt32BE(0);
}
