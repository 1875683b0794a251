import type { Session } from "../../database/database.ts";
import { formatQualified, type QualifiedName, quoteIdentifier, quoteLiteral, quoteQualified } from "../../sql/quote.ts";
import type { ColumnChange, Draft, MadeRow, MadeRows, NotMade, Refusal, Values } from "./made-rows.ts";
import type { PlannedRow, PlannedValue, PlannedValues, RowPlan } from "./planned-row.ts";
import type { TableFacts } from "./schema-facts.ts";
import { makeRowsFunctions } from "./server-function.ts";

/**
 * Makes the planned rows inside the session's transaction, in one round trip. Rows that can't be made are reported, and
 * leave nothing behind. Sequences don't advance, unless a trigger or a default uses one.
 * @throws errors that abort the transaction: a lock or statement time-out
 */
export async function makeRows(session: Session, plan: RowPlan): Promise<MadeRows> {
  const tables = [...new Set(plan.rows.map(({ table }) => table))];
  const targets = tables.map(targetOf);
  const defer =
    plan.deferred.length === 0 ? [] : [`set constraints ${plan.deferred.map(quoteQualified).join(", ")} deferred`];
  const steps = plan.order.map((number) => stepOf(plan.rows[number] as PlannedRow, tables));
  const argument = quoteLiteral(JSON.stringify({ targets, rows: steps, size: plan.rows.length }));
  const results = await session.run(
    [...makeRowsFunctions, ...defer, `select pg_temp.palisade_make_rows(${argument}) as result`].join(";\n"),
  );
  const [{ result } = {}] = results.at(-1) ?? [];
  const { rows, deferred } = result as ServerResult;
  return readResult(plan, rows, deferred ?? undefined, targets, tables);
}

interface ServerResult {
  /** By row number. */
  readonly rows: readonly (ServerRow | null)[];
  readonly deferred: (Refusal & { readonly schema: string; readonly table: string }) | null;
}

interface ServerRow {
  readonly attempt?: number;
  readonly stored?: Values;
  readonly errors?: readonly Refusal[];
  readonly missing?: number | null;
  readonly changes?: readonly {
    readonly values?: Values;
    readonly isOfDraft?: boolean;
    readonly refused?: (Refusal & { readonly values: Values }) | null;
  }[];
}

interface Target {
  readonly name: string;
  /** `only`, for statements that must not include the rows of child tables. */
  readonly only: string;
  readonly returning: string;
  readonly key: readonly string[];
  /** The columns that are written. */
  readonly columns: readonly string[];
}

function targetOf(table: TableFacts): Target {
  const name = quoteQualified(table);
  const key = keyOf(table);
  const columns = [...table.columns.map((column) => column.name), ...(isPlace(key) ? key : [])];
  const pairs = columns.map((column) => `${quoteLiteral(column)}, ${quoteIdentifier(column)}::text`);
  // A call has at most 100 arguments.
  const objects = Array.from(
    { length: Math.ceil(pairs.length / 50) },
    (_, index) => `jsonb_build_object(${pairs.slice(index * 50, (index + 1) * 50).join(", ")})`,
  );
  return {
    name,
    only: table.kind === "p" ? name : `only ${name}`,
    returning: objects.join(" || ") || "'{}'::jsonb",
    key,
    columns: table.columns.filter(({ isGenerated }) => !isGenerated).map(({ name }) => name),
  };
}

/** The columns that identify a row; `ctid` if there is no key. */
function keyOf(table: TableFacts): readonly string[] {
  const isNotNull = (column: string) => table.columns.some(({ name, notNull }) => name === column && notNull);
  const key = table.keys.find(({ columns, isPartial }) => !isPartial && columns.every(isNotNull));
  return key?.columns ?? (table.kind === "p" ? ["tableoid", "ctid"] : ["ctid"]);
}

function isPlace(key: readonly string[]): boolean {
  return key.includes("ctid");
}

function stepOf(row: PlannedRow, tables: readonly TableFacts[]) {
  const [first = new Map(), ...others] = row.attempts;
  // For later attempts, only the values that differ from the first.
  const differing = (values: PlannedValues) =>
    new Map([...values].filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(first.get(name))));
  return {
    ...{ number: row.number, target: tables.indexOf(row.table), isDraft: row.isDraft },
    attempts: [written(first), ...others.map((values) => written(differing(values)))],
    ...(row.trials.length === 0
      ? {}
      : { trials: row.trials.map(({ constraints, values }) => ({ constraints, values: values.map(written) })) }),
    ...(row.later.size === 0 ? {} : { later: written(row.later) }),
    ...(row.changes.length === 0
      ? {}
      : { changes: row.changes.map(({ attempts }) => ({ attempts: attempts.map(written) })), standIn: row.standIn }),
  };
}

function written(values: PlannedValues): Readonly<Record<string, PlannedValue>> {
  return Object.fromEntries([...values].map(([name, value]) => [name, flat(value)]));
}

/** Flattens nested joins into one list. */
function flat(value: PlannedValue): PlannedValue {
  if (value === null || typeof value === "string" || !("join" in value)) return value;
  const parts = value.join.map(flat);
  return {
    join: parts.flatMap((part) => (part !== null && typeof part === "object" && "join" in part ? part.join : [part])),
  };
}

function readResult(
  plan: RowPlan,
  results: ServerResult["rows"],
  deferred: ServerResult["deferred"] | undefined,
  targets: readonly Target[],
  tables: readonly TableFacts[],
): MadeRows {
  const rows: MadeRow[] = [];
  const drafts: Draft[] = [];
  const changes: ColumnChange[] = [];
  const notMade: NotMade[] = plan.excluded.map((each) => ({ ...each, isDraft: false }));
  const pointedTo = new Set(
    plan.rows.flatMap((row) => (row.isDraft || !results[row.number]?.stored ? [] : pointsTo(row))),
  );
  for (const planned of plan.order.map((number) => plan.rows[number] as PlannedRow)) {
    const result = results[planned.number] ?? {};
    if (result.stored === undefined) notMade.push(failureOf(planned, result, plan, results));
    else if (planned.isDraft) drafts.push(draftOf(planned, result.stored));
    else {
      const { key = [] } = targets[tables.indexOf(planned.table)] ?? {};
      const row = madeRow(planned, result.stored, key, pointedTo.has(planned.number));
      rows.push(row);
      changes.push(...changesOf(planned, row, result.changes ?? []));
    }
  }
  if (deferred) notMade.push(deferredFailure(deferred));
  return { rows, drafts, changes, notMade, roundTrips: 1 };
}

function headOf({ name, table, tenant }: PlannedRow) {
  return {
    ...(name === undefined ? {} : { name }),
    table: { schema: table.schema, name: table.name },
    ...(tenant === undefined ? {} : { tenant }),
  };
}

function pointsTo({ number, attempts, later }: PlannedRow): readonly number[] {
  const values = [...(attempts[0]?.values() ?? []), ...later.values()];
  return values.flatMap((value) =>
    value !== null && typeof value === "object" && "row" in value && value.row !== number ? [value.row] : [],
  );
}

function madeRow(planned: PlannedRow, stored: Values, key: readonly string[], isPointedTo: boolean): MadeRow {
  const values = Object.fromEntries(planned.table.columns.map(({ name }) => [name, stored[name] ?? null]));
  return {
    ...headOf(planned),
    values,
    isPointedTo,
    key: Object.fromEntries(key.map((name) => [name, stored[name] ?? null])),
  };
}

function draftOf(planned: PlannedRow, stored: Values): Draft {
  const columns = planned.table.columns.filter(({ isGenerated }) => !isGenerated);
  return {
    ...headOf(planned),
    values: Object.fromEntries(columns.map(({ name }) => [name, stored[name] ?? null])),
    optional: columns
      .filter(({ notNull, default: value, identity }) => !notNull || value !== undefined || identity !== undefined)
      .map(({ name }) => name),
    identity: columns.filter(({ identity }) => identity === "a").map(({ name }) => name),
  };
}

function changesOf(
  planned: PlannedRow,
  row: MadeRow,
  results: NonNullable<ServerRow["changes"]>,
): readonly ColumnChange[] {
  return planned.changes.flatMap(({ kind, tenant }, index): ColumnChange[] => {
    const { values, isOfDraft, refused } = results[index] ?? {};
    const found = values ?? refused?.values;
    if (found === undefined) return [];
    return [
      {
        ...{ row, values: found, kind },
        ...(tenant === undefined ? {} : { tenant }),
        ...(isOfDraft ? { isOfDraft } : {}),
        ...(refused ? { refusal: refusalOf(refused) } : {}),
      },
    ];
  });
}

function refusalOf({ message, sqlState, constraint }: Refusal): Refusal {
  return { message, sqlState, ...(constraint ? { constraint } : {}) };
}

function failureOf(planned: PlannedRow, result: ServerRow, plan: RowPlan, results: ServerResult["rows"]): NotMade {
  const refusal = commonest(result.errors ?? []);
  const head = { ...headOf(planned), isDraft: planned.isDraft };
  const table = formatQualified(planned.table);
  if (refusal !== undefined) {
    return {
      ...{ ...head, reason: refusal.message, refusal: refusalOf(refusal) },
      advice: `state values that ${table} takes as a fixture: fixtures: { ${JSON.stringify(table)}: { column: value } }`,
    };
  }
  const because = rootOf(result.missing ?? undefined, plan, results);
  const name = because === undefined ? "another table" : formatQualified(because);
  return {
    ...head,
    reason: `it needs a row of ${name}, which could not be made`,
    ...(because === undefined ? {} : { because }),
    advice: `make a row of ${name} possible first`,
  };
}

/** The table at the start of a chain of rows that each need the next one. */
function rootOf(
  missing: number | undefined,
  plan: RowPlan,
  results: ServerResult["rows"],
  depth = 0,
): QualifiedName | undefined {
  const row = missing === undefined ? undefined : plan.rows[missing];
  if (row === undefined) return undefined;
  const { errors = [], missing: next } = results[row.number] ?? {};
  const further = errors.length > 0 || depth > 50 ? undefined : rootOf(next ?? undefined, plan, results, depth + 1);
  return further ?? { schema: row.table.schema, name: row.table.name };
}

/** The most frequent error; the first one if there are several. */
function commonest(errors: readonly Refusal[]): Refusal | undefined {
  const counts = new Map<string, number>();
  const nameOf = ({ sqlState, constraint, message }: Refusal) => `${sqlState} ${constraint ?? message}`;
  for (const error of errors) counts.set(nameOf(error), (counts.get(nameOf(error)) ?? 0) + 1);
  const most = Math.max(...counts.values());
  return errors.find((error) => counts.get(nameOf(error)) === most);
}

function deferredFailure(deferred: NonNullable<ServerResult["deferred"]>): NotMade {
  return {
    table: { schema: deferred.schema, name: deferred.table },
    ...{ reason: deferred.message, refusal: refusalOf(deferred), isDraft: false },
    advice:
      "its rows are there, and would be refused at the end of the transaction: add the rows that the constraint asks for",
  };
}
