import { memberOf, writeKey } from "../../values/source-names.ts";
import { inComment } from "../comments.ts";
import type { Contract, TableSubscription } from "../contract.ts";
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

function writeSubscription({ functionName, table, filters }: TableSubscription): string {
  const row = `${table.typeName}Row`;
  const types = [readable(table), table.primaryKey].map((columns) => pick(row, columns, table));
  const parameters = [
    ...(filters.length === 0
      ? []
      : [`filter: ${filters.map(({ field, column }) => filterType(row, field, column)).join(" | ")}`]),
    `handlers: ChangeHandlers<${types.join(", ")}>`,
    "client: RealtimeClient = getBrowserClient()",
  ];
  const source = [
    `schema: ${JSON.stringify(table.schema)}`,
    `table: ${JSON.stringify(table.name)}`,
    ...(filters.length === 0 ? [] : [`filter: ${chooseFilter(filters)}`]),
  ];
  return `/**
 * ${inComment(describe(table.name, filters))}
 *
 * @example
 * const subscription = ${functionName}(${filters[0] ? `{ ${inComment(filters[0].field)} }, ` : ""}{ onInsert: (row) => show(row) });
 * await subscription.unsubscribe();
 */
export function ${functionName}(${parameters.join(", ")}): Subscription {
  return subscribe({ ${source.join(", ")} }, handlers, client);
}`;
}

function describe(table: string, filters: TableSubscription["filters"]): string {
  const by = filters.map(({ column }) => `\`${column}\``).join(" or ");
  return filters.length === 0
    ? `Listens to changes of \`${table}\`, of all rows that the user may read.`
    : `Listens to changes of \`${table}\` with this ${by}, of those rows that the user may read.`;
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
