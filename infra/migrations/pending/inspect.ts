import type { Effect } from "../../access/effects/effect.ts";
import { tellFunctionsOfSchema } from "../../access/effects/judge-schema.ts";
import { readEffects } from "../../access/effects/read-effects.ts";
import { tellRoles } from "../../access/effects/role-effects.ts";
import type { Server } from "../../catalog/catalog.ts";
import { InputError } from "../../errors/errors.ts";
import type { Operation } from "../../lifecycle/operation.ts";
import { formatName } from "../../sql/names.ts";
import { grammarMessage, loadParser } from "../../sql/parser.ts";
import { formatQualified } from "../../sql/quote.ts";
import { resourceName } from "../../values/urn.ts";
import { type DeploySettings, readHistory, resolveFolder } from "../history/read-history.ts";
import { assumptionsOf } from "../scripts/assumptions.ts";
import { type Loss, SchemaChanges } from "../scripts/schema-changes.ts";
import { refuseFaultyFiles, refuseUnappliable } from "../scripts/unappliable.ts";
import { closedTables, describeClosedTable } from "../suspension/closed-tables.ts";
import { contradictionsOf } from "./contradictions.ts";
import {
  type DependentPolicy,
  findDependentPolicies,
  findObstacles,
  type Obstacle,
  readColumns,
} from "./dependents.ts";
import { refuseMissingExtensions } from "./missing-extensions.ts";
import { MigratedSchema } from "./pending-schema.ts";

/**
 * Examines the pending migrations at preview. Tells the operation what it may assume about the schema afterwards, and
 * the reviewer which live policies are in their way.
 * @throws {InputError} if something must be resolved before a deployment, or a script is not SQL
 */
export async function inspectMigrations(
  settings: DeploySettings,
  operation: Operation,
  report: (message: string, severity?: "info" | "warning") => void,
): Promise<void> {
  const { format, directory } = settings;
  const { pending, outOfOrder, scripts } = await readHistory(settings, operation);
  for (const table of closedTables(await operation.snapshot())) {
    report(`${describeClosedTable(table)}: the update drops that policy`, "warning");
  }
  for (const line of (await format.findSkipped?.(resolveFolder(directory, operation))) ?? []) report(line);
  if (pending.length > 0) {
    reportPending(pending, settings, report);
    operation.declarations.publish();
  }
  if (outOfOrder.length > 0 && format.warnsOutOfOrder) {
    const [verb, they] = outOfOrder.length === 1 ? ["comes", "it is"] : ["come", "they are"];
    report(
      `${outOfOrder.join(", ")} ${verb} before a migration that is applied already: ${they} applied all the same`,
      "warning",
    );
  }
  // Another tool may support other encodings.
  if (settings.apply !== false && settings.command === undefined) refuseFaultyFiles(scripts);
  await loadParser();
  if (format.ownTable !== undefined) operation.questions.assume(format.ownTable.assumption);
  // If somebody else applies the migrations, this is for their tool to refuse.
  if (settings.apply !== false) await refuseMissingExtensions(scripts, operation, report);
  const changes = new SchemaChanges();
  const effects: Effect[] = pending.length > 0 && format.ownTable !== undefined ? [format.ownTable.effect] : [];
  const { server } = await operation.snapshot();
  for (const { name, script } of scripts) {
    refuseUnappliable(name, script);
    try {
      const { statements, isComplete } = assumptionsOf(script);
      for (const statement of statements) operation.questions.assume(statement);
      if (!isComplete) operation.pending.expectChanges(name);
      changes.read(name, script);
      effects.push(...readEffects(name, script, server.user));
    } catch (error) {
      refuseWrongSyntax(name, script, error, server);
      operation.pending.expectChanges(name);
    }
  }
  operation.pending.effects = effects;
  reportContradictions(effects, settings, operation, report);
  if (!changes.changesWhatExists) {
    if (changes.createdTables.size > 0) operation.pending.schema = new MigratedSchema(changes, new Map());
    return;
  }
  const origins = [...changes.tables.values()].flatMap(({ origin }) => origin ?? []);
  const database = await operation.database();
  const { columns, policies, obstacles } = await database.look(async (session) => ({
    columns: await readColumns(session, origins),
    policies: await findDependentPolicies(session, changes.losses),
    obstacles: await findObstacles(session, changes.losses),
  }));
  operation.pending.schema = new MigratedSchema(changes, columns);
  for (const line of describeDependents(policies, settings)) report(line);
  for (const obstacle of obstacles.filter(({ kind, name }) => !changes.clearsAway(kind, name))) {
    report(describeObstacle(obstacle), "warning");
  }
}

function reportPending(
  pending: readonly string[],
  { apply }: DeploySettings,
  report: (message: string, severity?: "info" | "warning") => void,
): void {
  if (apply === undefined) report(`applies ${pending.join(", ")}`);
  else
    report(
      `waits for ${pending.join(", ")}: with apply: false the update applies none, and somebody else has to`,
      "warning",
    );
}

/** The parser knows the grammar up to PostgreSQL 17. A later server judges its own syntax. */
function refuseWrongSyntax(migration: string, script: string, error: unknown, { version }: Server): void {
  if (version >= 180000) return;
  const { sqlDetails } = error as { readonly sqlDetails?: { readonly cursorPosition?: number } };
  const at = sqlDetails?.cursorPosition;
  const line = at === undefined ? "" : `, on line ${[...script].slice(0, at).join("").split("\n").length}`;
  throw new InputError(`PostgreSQL cannot parse the pending migration ${migration}: ${grammarMessage(error)}${line}`);
}

/** Reports each statement that contradicts a declaration, as soon as the program has declared it. */
function reportContradictions(
  effects: readonly Effect[],
  settings: DeploySettings,
  operation: Operation,
  report: (message: string, severity?: "info" | "warning") => void,
): void {
  const reported = new Set<string>();
  operation.declarations.watch((declaration) => {
    const kind = operation.kindNamed(declaration.kind);
    const ofFunctions = kind?.isCalledByPolicies ? tellFunctionsOfSchema(effects, declaration.id) : [];
    const common = [...tellRoles(effects, kind?.roles?.(declaration.inputs) ?? {}), ...ofFunctions];
    for (const { severity, message } of common) {
      if (!reported.has(message)) report(message, severity);
      reported.add(message);
    }
    const found = contradictionsOf(effects, declaration, operation).filter(({ isReworded }) => !isReworded);
    for (const { migration, action, declared, remedy, opens } of found) {
      const resource = resourceName(declaration.urn);
      const when = whenTakenBack(settings, opens ? kind?.tableOf?.(declaration.inputs) : undefined);
      const line = `the pending migration ${migration} ${action}, which the resource ${resource} ${declared}: the update ${remedy} ${when}`;
      if (!reported.has(line)) report(line, opens ? "warning" : "info");
      reported.add(line);
    }
  });
}

/** @param closed the table that is closed while a command runs */
function whenTakenBack({ command, apply }: DeploySettings, closed: string | undefined): string {
  if (apply === false) return "once it is applied";
  if (command === undefined) return "in the migration's own transaction";
  return `when the command has ended${closed === undefined ? "" : `, and ${closed} lets nothing through until then`}`;
}

/** One line for each policy in a migration's way. */
function describeDependents(
  policies: readonly DependentPolicy[],
  { command, apply }: DeploySettings,
): readonly string[] {
  const byUpdate =
    command === undefined
      ? "the update brings the policy to its declaration in the migration's own transaction"
      : "the policy lets nothing through while the command runs, and is then brought to its declaration";
  const byOthers =
    "PostgreSQL refuses that to whoever applies it, unless the migration drops the policy first; the update makes it anew as declared";
  const effect = apply === false ? byOthers : byUpdate;
  const actions = new Map<string, string[]>();
  for (const { table, name, loss } of policies) {
    const policy = `which the policy ${formatName(name)} on ${formatQualified(table)} uses`;
    const key = JSON.stringify([loss.migration, policy]);
    actions.set(key, [...(actions.get(key) ?? []), describeLoss(loss)]);
  }
  return [...actions].map(([key, done]) => {
    const [migration, policy] = JSON.parse(key) as [string, string];
    return `the pending migration ${migration} ${done.join(" and ")}, ${policy}: ${effect}`;
  });
}

function describeObstacle({ kind, name, loss }: Obstacle): string {
  const wayOut =
    kind === "publication"
      ? "unless the migration, or an earlier update, takes it out of the publication first"
      : `unless the migration drops the ${kind} first, to make it anew afterwards`;
  return `the pending migration ${loss.migration} ${describeLoss(loss)}, which the ${kind} ${name} uses. PostgreSQL refuses that (or, with CASCADE, drops both), ${wayOut}`;
}

function describeLoss({ kind, name, column, action }: Loss): string {
  return `${action} ${column === undefined ? `the ${kind} ${name}` : `${name}.${formatName(column)}`}`;
}
