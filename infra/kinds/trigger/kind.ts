import { functionIdentity } from "../../catalog/functions.ts";
import { select } from "../../catalog/part.ts";
import { probeColumn } from "../../catalog/probes/column.ts";
import { probeRelation } from "../../catalog/probes/relation.ts";
import { tables } from "../../catalog/tables.ts";
import type { Problem } from "../../errors/errors.ts";
import { notThere, splitMember, splitWrittenMember, tableIdOf, unquote } from "../../lifecycle/import-id.ts";
import type { Kind } from "../../lifecycle/kind.ts";
import { refuseForeignTable } from "../../lifecycle/owner.ts";
import { expressionProblem, loadParser, parseStatements } from "../../sql/parser.ts";
import { isPlatformSchema, platformTableProblem } from "../../sql/platform-schemas.ts";
import {
  formatQualified,
  nameProblem,
  parseQualified,
  qualifiedNameProblem,
  quoteIdentifier,
} from "../../sql/quote.ts";
import { readRoutine } from "../../sql/signature.ts";
import { adoptable } from "./adopt.ts";
import { triggerArgs } from "./args.ts";
import { type TriggerRow, triggers } from "./catalog.ts";
import {
  definitionProblems,
  dropTrigger,
  normaliseDefinition,
  planTrigger,
  rowsOf,
  type TriggerDefinition,
} from "./definition.ts";
import { leavingNotes, triggerNotes } from "./notes.ts";
import { probeTriggerFunction, probeWhen } from "./probe.ts";

export type Trigger = TriggerDefinition & { readonly table: string; readonly name: string };

const argumentAdvice = "a trigger's function has no arguments of its own; texts for TG_ARGV go into arguments";

/** @see https://www.postgresql.org/docs/current/sql-createtrigger.html */
export const trigger: Kind<Trigger, typeof triggerArgs> = {
  name: "Trigger",
  description: "A trigger on a table or view.",
  input: triggerArgs,
  replaceOn: ["table", "name"],
  isNamedAfterResource: true,

  async normalise({ table, name, function: called, ...declared }) {
    await loadParser();
    const unnamed = qualifiedNameProblem(table);
    if (unnamed !== undefined) return [{ path: ["table"], message: unnamed }];
    const routine = readRoutine(called.trim().endsWith(")") ? called : `${called}()`);
    if (typeof routine === "string") return [{ path: ["function"], message: routine }];
    const on = parseQualified(table);
    const args = { table: formatQualified(on), name, ...normaliseDefinition(declared, functionIdentity(routine)) };
    const { updateOf = [], when, enabled, oldTable, newTable } = args;
    const problems: Problem[] = [
      ...problem("table", platformTableProblem(on, "triggers")),
      ...Object.entries({ name, oldTable, newTable }).flatMap(([property, text]) =>
        text === undefined ? [] : problem(property, nameProblem(text)),
      ),
      ...updateOf.flatMap((column) => problem("updateOf", nameProblem(column))),
      ...problem("function", routine.argumentTypes.length > 0 ? argumentAdvice : undefined),
      ...problem(
        "enabled",
        isPlatformSchema(on.schema) && enabled !== "origin"
          ? `only the owner of ${args.table} may switch its triggers, and that is the platform; leave enabled out, or the trigger`
          : undefined,
      ),
      ...problem("when", when === undefined ? undefined : whenProblem(when)),
      ...definitionProblems(args),
    ];
    return problems.length > 0 ? problems : args;
  },

  identify: ({ table, name }) => `${table}/${name}`,
  adoptable,
  importId(id, catalog) {
    const found = [...catalog.of(triggers).values()];
    const { table, name } = splitWrittenMember(id, "trigger", found);
    const key = found.some((row) => formatQualified(row.table) === formatQualified(table))
      ? formatQualified(table)
      : tableIdOf(formatQualified(table), catalog);
    const names = found.filter((row) => formatQualified(row.table) === key).map((row) => row.name);
    const spelt = [name, unquote(name)].find((each) => names.includes(each));
    if (spelt !== undefined) return `${key}/${spelt}`;
    throw notThere(
      `the trigger ${name} on ${key}`,
      names.map((other) => `${key}/${other}`),
    );
  },
  claims({ table, name }) {
    const described = `the trigger ${quoteIdentifier(name)} on ${table}`;
    return [{ on: described, description: described }];
  },
  texts: (args) =>
    args.when === undefined ? [] : [{ path: ["when"], sql: args.when, probe: whenProbe(args, args.when) }],
  probes(args) {
    const table = parseQualified(args.table);
    return [
      probeTable(args),
      ...(args.updateOf ?? []).map((column) => probeColumn(["updateOf"], table, column)),
      probeTriggerFunction(["function"], args.function),
      ...(args.when === undefined ? [] : [whenProbe(args, args.when)]),
    ];
  },
  async inspect({ desired, operation }) {
    refuseForeignTable(desired.table, ["table"], await operation.snapshot());
  },
  notes: ({ live, desired, operation }) => triggerNotes(live, desired, operation),
  leavingNotes,
  reads: [tables, triggers],
  scope(id) {
    const { table } = splitMember(id, "trigger");
    return [select(tables, [table]), select(triggers, [table])];
  },
  find(catalog, id) {
    const { table, name } = splitMember(id, "trigger");
    const row = catalog.of(triggers).get(`${formatQualified(table)}/${name}`);
    return row && { table: formatQualified(table), name, ...definitionOf(row) };
  },
  plan: (live, desired) =>
    planTrigger(parseQualified(desired.table), desired.name, live && withoutName(live), withoutName(desired)),
  remove: (live) => [dropTrigger(parseQualified(live.table), live.name)],
};

function problem(property: string, message: string | undefined): Problem[] {
  return message === undefined ? [] : [{ path: [property], message }];
}

function whenProblem(when: string): string | undefined {
  const wrong = expressionProblem(when);
  if (wrong !== undefined) return wrong;
  const isQuery = JSON.stringify(parseStatements(`select (${when}\n)`)).includes('"SubLink"');
  return isQuery
    ? "cannot use subquery in trigger WHEN condition; call a function, or let the trigger's function decide"
    : undefined;
}

function whenProbe(args: Trigger, when: string) {
  return probeWhen(["when"], parseQualified(args.table), rowsOf(args), when);
}

/** Asks whether the relation is of a class that can have such a trigger. */
function probeTable({ table, timing, forEach, constraint, enabled, oldTable, newTable }: Trigger) {
  const named = parseQualified(table);
  if (timing === "instead of") {
    return probeRelation(["table"], named, "v", { word: "view", advice: "Only a view has INSTEAD OF triggers" });
  }
  if (constraint) return probeRelation(["table"], named, "rp", { advice: "Only a table has constraint triggers" });
  const isForRows = forEach === "row";
  if (isForRows && (oldTable !== undefined || newTable !== undefined)) return probeRelation(["table"], named, "rf");
  const advice = isForRows ? "A view's triggers for rows are INSTEAD OF" : "";
  return probeRelation(["table"], named, isForRows || enabled !== "origin" ? "rpf" : "rpfv", { advice });
}

function definitionOf({
  table: _table,
  name: _name,
  updateOf,
  function: called,
  ...row
}: TriggerRow): TriggerDefinition {
  return {
    ...row,
    function: functionIdentity({ ...called, argumentTypes: [] }),
    ...(updateOf.length === 0 ? {} : { updateOf }),
  };
}

function withoutName({ table: _table, name: _name, ...definition }: Trigger): TriggerDefinition {
  return definition as TriggerDefinition;
}
