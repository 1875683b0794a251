import { listWords } from "../../values/list-words.ts";
import { memberOf, writeKey } from "../../values/source-names.ts";
import { inComment } from "../comments.ts";
import { type ChangeEvent, type Contract, changeEvents, type TableSubscription } from "../contract.ts";
import type { ContractFiles } from "../files.ts";
import { templates } from "../templates.ts";

/** A function for each published table. */
export function realtimeFiles({ subscriptions, topics }: Contract): ContractFiles {
  if (subscriptions.length === 0 && topics.length === 0) return {};
  return {
    ...templates("realtime/subscribe.ts"),
    ...(subscriptions.length === 0 ? {} : { "realtime.ts": writeSubscriptions(subscriptions) }),
  };
}

function writeSubscriptions(subscriptions: readonly TableSubscription[]): string {
  const rows = [...new Set(subscriptions.map(({ table }) => `${table.typeName}Row`))].sort();
  return `
import { getBrowserClient } from "./clients/browser.ts";
import type { ${rows.join(", ")} } from "./database.ts";
import { type ChangeHandlers, type RealtimeClient, type Subscription, subscribeToChanges as subscribe } from "./realtime/subscribe.ts";

${subscriptions.map(writeSubscription).join("\n\n")}
`;
}

function writeSubscription(subscription: TableSubscription): string {
  const { functionName, table, events } = subscription;
  const row = `${table.typeName}Row`;
  const filters = filtersOf(subscription);
  const parameters = [
    ...(filters.length === 0
      ? []
      : [`filter: ${filters.map(({ field, column }) => filterType(row, field, column)).join(" | ")}`]),
    `handlers: ${handlersType(subscription)}`,
    "client: RealtimeClient = getBrowserClient()",
  ];
  const source = [
    `schema: ${JSON.stringify(table.schema)}`,
    `table: ${JSON.stringify(table.name)}`,
    ...(filters.length === 0 ? [] : [`filter: ${chooseFilter(filters)}`]),
  ];
  const handler = handlers[events[0] ?? "insert"];
  return `/**
 * ${inComment(describe(subscription))}
 *
 * @example
 * const subscription = ${functionName}(${filters[0] ? `{ ${inComment(filters[0].field)} }, ` : ""}{ ${handler.name}: ${handler.example} });
 * await subscription.unsubscribe();
 */
export function ${functionName}(${parameters.join(", ")}): Subscription {
  return subscribe({ ${source.join(", ")} }, handlers, client);
}`;
}

const handlers: Readonly<Record<ChangeEvent, { readonly name: string; readonly example: string }>> = {
  insert: { name: "onInsert", example: "(row) => show(row)" },
  update: { name: "onUpdate", example: "(row) => show(row)" },
  delete: { name: "onDelete", example: "(key) => hide(key)" },
};

/** Deleted rows are not filtered. */
function filtersOf({ events, filters }: TableSubscription): TableSubscription["filters"] {
  return events.some((event) => event !== "delete") ? filters : [];
}

/** Without the handlers of changes that are not published, which would never be called. */
function handlersType({ table, events }: TableSubscription): string {
  const types = [readable(table), table.primaryKey].map((columns) => pick(`${table.typeName}Row`, columns, table));
  const all = `ChangeHandlers<${types.join(", ")}>`;
  const uncalled = changeEvents.filter((event) => !events.includes(event));
  if (uncalled.length === 0) return all;
  return `Omit<${all}, ${uncalled.map((event) => JSON.stringify(handlers[event].name)).join(" | ")}>`;
}

function describe(subscription: TableSubscription): string {
  const { table, events } = subscription;
  const filters = filtersOf(subscription);
  const changes = events.length === changeEvents.length ? "changes" : listWords(events.map((event) => `${event}s`));
  const by = filters.map(({ column }) => `\`${column}\``).join(" or ");
  if (events.every((event) => event === "delete")) return `Listens to ${changes} of \`${table.name}\`, of all rows.`;
  return filters.length === 0
    ? `Listens to ${changes} of \`${table.name}\`, of all rows that the user may read.`
    : `Listens to ${changes} of \`${table.name}\` with this ${by}, of those rows that the user may read.`;
}

function filterType(row: string, field: string, column: string): string {
  return `{ readonly ${writeKey(field)}: NonNullable<${row}[${JSON.stringify(column)}]> }`;
}

function chooseFilter(filters: TableSubscription["filters"]): string {
  return filters
    .map(({ field, column }, index) => {
      const chosen = `{ column: ${JSON.stringify(column)}, value: ${memberOf("filter", field)} }`;
      return index === filters.length - 1 ? chosen : `${JSON.stringify(field)} in filter ? ${chosen} : `;
    })
    .join("");
}

/** Columns that users may not read are not sent. */
function readable({ columns, forUsers }: TableSubscription["table"]): readonly string[] {
  return columns.map(({ column }) => column).filter((column) => forUsers?.select.includes(column) ?? false);
}

function pick(row: string, picked: readonly string[], { columns }: TableSubscription["table"]): string {
  if (picked.length === columns.length) return row;
  return `Pick<${row}, ${picked.map((column) => JSON.stringify(column)).join(" | ") || "never"}>`;
}
