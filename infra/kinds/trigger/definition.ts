import type { z } from "zod";
import type { Problem } from "../../errors/errors.ts";
import { isPlatformSchema } from "../../sql/platform-schemas.ts";
import { type QualifiedName, quoteIdentifier, quoteLiteral, quoteQualified } from "../../sql/quote.ts";
import { quoteSignature } from "../../sql/signature.ts";
import { isEqual, type Properties } from "../../values/properties.ts";
import type { triggerArgs } from "./args.ts";
import type { TriggerRow } from "./catalog.ts";
import type { Rows } from "./probe.ts";

/** A trigger's properties except its table and name, in normal form. */
export type TriggerDefinition = Properties & {
  readonly timing: TriggerRow["timing"];
  readonly events: readonly string[];
  /** Absent: any column. */
  readonly updateOf?: readonly string[];
  readonly forEach: TriggerRow["forEach"];
  readonly when?: string;
  /** A signature, `public.f()`. */
  readonly function: string;
  readonly arguments: readonly string[];
  readonly enabled: TriggerRow["enabled"];
  readonly constraint: boolean;
  readonly deferrable: TriggerRow["deferrable"];
  readonly oldTable?: string;
  readonly newTable?: string;
};

const order = ["insert", "update", "delete", "truncate"];

/** @param called the function's signature */
export function normaliseDefinition(
  declared: Omit<z.output<typeof triggerArgs>, "table" | "name" | "function">,
  called: string,
): TriggerDefinition {
  const { timing, events, updateOf, forEach, when, enabled, constraint, deferrable, oldTable, newTable } = declared;
  return {
    ...{ timing, forEach, enabled, constraint, deferrable, function: called, arguments: declared.arguments },
    events: order.filter((event) => (events as readonly string[]).includes(event)),
    ...(updateOf === undefined ? {} : { updateOf: [...new Set(updateOf)].sort() }),
    ...(when === undefined ? {} : { when: when.trim() }),
    ...(oldTable === undefined ? {} : { oldTable }),
    ...(newTable === undefined ? {} : { newTable }),
  };
}

/** The rows that its condition can refer to. */
export function rowsOf({ events, forEach }: TriggerDefinition): Rows {
  const isForRows = forEach === "row";
  return { old: isForRows && !events.includes("insert"), new: isForRows && !events.includes("delete") };
}

/**
 * Violations of PostgreSQL's rules for triggers that don't depend on the table.
 * @see https://www.postgresql.org/docs/current/sql-createtrigger.html
 */
export function definitionProblems(definition: TriggerDefinition): readonly Problem[] {
  const { timing, events, updateOf, forEach, when, constraint, deferrable, oldTable, newTable } = definition;
  const isForRows = forEach === "row";
  const transitions = [oldTable, newTable].some((name) => name !== undefined);
  const rules: readonly (readonly [isBroken: boolean, property: string, message: string])[] = [
    [events.length === 0, "events", "it fires on nothing; name insert, update, delete or truncate"],
    [updateOf?.length === 0, "updateOf", "the list of columns is empty; name columns, or leave it out"],
    [
      updateOf !== undefined && !events.includes("update"),
      "updateOf",
      "it does not fire on updates; leave updateOf out, or add update to events",
    ],
    [events.includes("truncate") && isForRows, "forEach", 'a truncation has no rows; write forEach: "statement"'],
    [timing === "instead of" && !isForRows, "forEach", "an INSTEAD OF trigger fires for each row"],
    [timing === "instead of" && updateOf !== undefined, "updateOf", "an INSTEAD OF trigger has no list of columns"],
    [
      timing === "instead of" && when !== undefined,
      "when",
      "an INSTEAD OF trigger has no condition; let the function decide",
    ],
    [constraint && (timing !== "after" || !isForRows), "constraint", "a constraint trigger fires after each row"],
    [
      !constraint && deferrable !== "not deferrable",
      "deferrable",
      "only a constraint trigger can be deferred; write constraint: true as well",
    ],
    [
      constraint && transitions,
      oldTable === undefined ? "newTable" : "oldTable",
      "a constraint trigger has no transition tables",
    ],
    [
      oldTable !== undefined && !events.some((event) => event === "update" || event === "delete"),
      "oldTable",
      "only updates and deletes have old rows",
    ],
    [
      newTable !== undefined && !events.some((event) => event === "insert" || event === "update"),
      "newTable",
      "only inserts and updates have new rows",
    ],
    [transitions && timing !== "after", "timing", "only an AFTER trigger has transition tables"],
    [
      transitions && (events.length > 1 || updateOf !== undefined),
      "events",
      "a trigger with transition tables fires on one event and has no list of columns",
    ],
    [transitions && oldTable === newTable, "newTable", "the two transition tables need two names"],
  ];
  return rules.flatMap(([isBroken, property, message]) => (isBroken ? [{ path: [property], message }] : []));
}

/** Statements that create the trigger, or change it to another definition. */
export function planTrigger(
  table: QualifiedName,
  name: string,
  live: TriggerDefinition | undefined,
  desired: TriggerDefinition,
): readonly string[] {
  const isSame = live !== undefined && isEqual({ ...live, enabled: desired.enabled }, desired);
  // Only a table's owner may enable or disable its triggers, so a trigger on one of the platform's tables is created
  // again, which enables it.
  const isMade = !isSame || (isPlatformSchema(table.schema) && live.enabled !== desired.enabled);
  // A constraint trigger can't be replaced.
  const isRenewed = live !== undefined && isMade && (live.constraint || desired.constraint);
  const enabled = isMade ? "origin" : live?.enabled;
  return [
    ...(isRenewed ? [dropTrigger(table, name)] : []),
    ...(isMade ? [createTrigger(table, name, desired, live !== undefined && !isRenewed)] : []),
    ...(enabled === desired.enabled
      ? []
      : [`alter table ${quoteQualified(table)} ${switches[desired.enabled]} trigger ${quoteIdentifier(name)}`]),
  ];
}

export function dropTrigger(table: QualifiedName, name: string): string {
  return `drop trigger ${quoteIdentifier(name)} on ${quoteQualified(table)}`;
}

const switches = { origin: "enable", replica: "enable replica", always: "enable always", disabled: "disable" } as const;

function createTrigger(table: QualifiedName, name: string, trigger: TriggerDefinition, replaces: boolean): string {
  const { timing, events, updateOf, forEach, when, constraint, deferrable, oldTable, newTable } = trigger;
  const columns = updateOf === undefined ? "" : ` of ${updateOf.map(quoteIdentifier).join(", ")}`;
  const on = events.map((event) => (event === "update" ? event + columns : event)).join(" or ");
  const transition = (which: string, as: string | undefined) =>
    as === undefined ? [] : [`${which} table as ${quoteIdentifier(as)}`];
  const transitions = [...transition("old", oldTable), ...transition("new", newTable)];
  const call = quoteSignature(trigger.function).slice(0, -"()".length);
  return [
    `create ${replaces ? "or replace " : ""}${constraint ? "constraint " : ""}trigger ${quoteIdentifier(name)}`,
    `${timing} ${on} on ${quoteQualified(table)}`,
    ...(deferrable === "not deferrable" ? [] : [`deferrable ${deferrable}`]),
    ...(transitions.length === 0 ? [] : [`referencing ${transitions.join(" ")}`]),
    `for each ${forEach}`,
    ...(when === undefined ? [] : [`when (${when}\n)`]),
    `execute function ${call}(${trigger.arguments.map(quoteLiteral).join(", ")})`,
  ].join(" ");
}
