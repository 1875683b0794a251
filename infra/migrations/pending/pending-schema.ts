import type { Probe } from "../../catalog/probe.ts";
import type { Answer, Question } from "../../catalog/question.ts";
import type { Use, UseAnswer, UseOutcome } from "../../catalog/use.ts";
import type { Problem } from "../../errors/errors.ts";
import type { PendingSchema } from "../../lifecycle/pending-migrations.ts";
import { formatName } from "../../sql/names.ts";
import { nodesOf, relationOf } from "../../sql/nodes.ts";
import { parseStatements } from "../../sql/parser.ts";
import {
  formatQualified,
  parseQualified,
  type QualifiedName,
  quoteIdentifier,
  quoteQualified,
} from "../../sql/quote.ts";
import type { Alteration } from "../scripts/rename-tracker.ts";
import type { ChangedTable, SchemaChanges } from "../scripts/schema-changes.ts";

/**
 * Judges declarations by the schema after the pending migrations, while the database still has the schema before them. A declaration that
 * uses something that is dropped is refused before anything is applied. One that needs a new column is tried on the table's rows with the
 * columns that they will have.
 */
export class MigratedSchema implements PendingSchema {
  readonly #changes: SchemaChanges;
  readonly #columns: ReadonlyMap<string, readonly string[]>;
  readonly #holding = new Set<Probe>();

  /** @param columns the current columns of the changed tables, by the tables' names in the database */
  constructor(changes: SchemaChanges, columns: ReadonlyMap<string, readonly string[]>) {
    this.#changes = changes;
    this.#columns = columns;
  }

  /** What in a declaration is no longer valid once the migrations are applied. */
  async examine(
    probes: readonly Probe[],
    ask: <Found>(questions: readonly Question<Found>[]) => Promise<readonly Answer<Found>[]>,
  ): Promise<readonly Problem[]> {
    if (!this.#changes.changesWhatExists) return [];
    const questions = probes.flatMap((probe) => {
      const question = probe.askUse?.(probe.table && this.#futureRows(probe.table));
      return question === undefined ? [] : [{ probe, question }];
    });
    const answers = questions.length === 0 ? [] : await ask(questions.map(({ question }) => question));
    const asked = new Map(questions.map(({ probe }, index) => [probe, answers[index]]));
    return probes.flatMap((probe) => {
      const refusal = this.#judge(probe, asked.get(probe));
      return refusal === undefined ? [] : [{ path: probe.path, message: refusal }];
    });
  }

  /** Whether a question that the database refuses now is known to succeed afterwards. */
  willHold(probe: Probe): boolean {
    return this.#holding.has(probe);
  }

  #judge(probe: Probe, answer: Answer<UseAnswer> | undefined): string | undefined {
    const { table } = probe;
    if (probe.askUse === undefined) return table && this.#judgeTable(probe, table);
    if (!answer?.ok) return undefined;
    if (table !== undefined) return this.#judgeCondition(probe, table, answer.found);
    const { now } = answer.found;
    return now.ok ? this.#refusalOf(now.uses ?? []) : undefined;
  }

  #judgeCondition(probe: Probe, table: QualifiedName, { now, future }: UseAnswer): string | undefined {
    if (this.#changes.isRemade(table)) return undefined;
    if (now.ok) {
      const uses = now.uses ?? [];
      return this.#refusalOf(uses) ?? this.#refusalOfRetyping(uses, future);
    }
    if (future === null) return undefined;
    if (future.ok) {
      // The sub-select for the later rows uses every remaining column, so uses of the table itself mean nothing here.
      const origin = this.#changes.tables.get(formatQualified(table))?.origin;
      const others = (future.uses ?? []).filter((use) => formatQualified(use) !== origin);
      this.#holding.add(probe);
      return this.#refusalOf(others);
    }
    if (future.sqlState !== undefinedColumn || this.#mentionsChangedTable(probe.sql ?? "")) return undefined;
    return `${future.message}, neither now nor when the pending migrations are applied`;
  }

  #judgeTable(probe: Probe, table: QualifiedName): string | undefined {
    const { schema, name } = table;
    const { columns = [] } = probe;
    const uses = columns.map((column) => ({ kind: "column", schema, name, column }) as const);
    const refusal = this.#refusalOf([{ kind: "relation", schema, name }, ...uses]);
    const future = this.#futureColumns(table);
    if (future !== undefined && columns.every((column) => future.has(column))) this.#holding.add(probe);
    return refusal;
  }

  /** Refuses uses of names that no longer exist afterwards. */
  #refusalOf(uses: readonly Use[]): string | undefined {
    const lost = uses.flatMap((use) => {
      const act = this.#lossOf(use);
      return act === undefined ? [] : [`${describe(use)}, which the pending migration ${act.migration} ${act.action}`];
    });
    return lost.length === 0
      ? undefined
      : `it uses ${[...new Set(lost)].join("; and ")}. Declare it as it should be afterwards; the update changes it together with the migration`;
  }

  #lossOf({ kind, schema, name, column }: Use): Alteration | undefined {
    const relationKind = kind === "column" ? "relation" : kind;
    const taken = this.#changes.takenBy(relationKind, { schema, name });
    if (taken !== undefined || column === undefined || this.#changes.isRemade({ schema, name })) return taken;
    const table = this.#changes.tables.get(formatQualified({ schema, name }));
    return table?.columns.takenBy(column);
  }

  /** Refuses a condition that does not fit the new types of its columns. */
  #refusalOfRetyping(uses: readonly Use[], future: UseOutcome | null): string | undefined {
    if (future === null || future.ok) return undefined;
    // A cast in the condition may refer to another type by then, and a column qualified by its table can't be tried on
    // the sub-select.
    const isUncertain = this.#changes.renamesTypes && future.sqlState !== invalidValue;
    if (isUncertain || future.sqlState === undefinedTable) return undefined;
    const retyped = this.#changes.losses.find(
      ({ kind, name, column }) =>
        kind === "column" && uses.some((use) => use.column === column && formatQualified(use) === name),
    );
    return retyped === undefined
      ? undefined
      : `${future.message}, once the pending migration ${retyped.migration} has changed the type of ${retyped.name}.${formatName(retyped.column ?? "")}`;
  }

  /** A table's rows with the columns that they will have, as SQL for FROM; undefined if that is not known. */
  #futureRows(table: QualifiedName): string | undefined {
    const columns = this.#futureColumns(table);
    const origin = this.#changes.tables.get(formatQualified(table))?.origin;
    if (columns === undefined || origin === undefined || [...columns.values()].includes(undefined)) return undefined;
    const listed = [...columns].map(([name, value]) => `${value} as ${quoteIdentifier(name)}`);
    const from = quoteQualified(parseQualified(origin));
    return `(select ${[...listed, ...systemColumns].join(", ")} from ${from}) as ${quoteIdentifier(table.name)}`;
  }

  /** The columns that a changed table will have, each with its value as SQL, if it can be written. */
  #futureColumns(name: QualifiedName): Map<string, string | undefined> | undefined {
    const table = this.#changes.tables.get(formatQualified(name));
    const live = table?.origin === undefined ? undefined : this.#columns.get(table.origin);
    return table === undefined || live === undefined || this.#changes.isRemade(name)
      ? undefined
      : futureColumns(table, live);
  }

  #mentionsChangedTable(condition: string): boolean {
    const names = nodesOf(parseStatements(`select (${condition}\n)`), "RangeVar").map(relationOf);
    return names.some((name) => this.#changes.tables.has(formatQualified(name)));
  }
}

const undefinedColumn = "42703";
const undefinedTable = "42P01";
/** For example, a label that is not in the enum. */
const invalidValue = "22P02";
const systemColumns = ["tableoid", "ctid", "xmin", "xmax", "cmin", "cmax"];

/** Each column by its later name, with its value as SQL: the current column, or a null of its new type. */
function futureColumns({ columns, types }: ChangedTable, live: readonly string[]): Map<string, string | undefined> {
  const kept = live.filter((name) => columns.originOf(name) === name || isFoundThere(name));
  const given = [...columns.given.keys()].filter((name) => !isFoundThere(name));
  return new Map([...kept, ...given].map((name) => [name, currentValue(name)]));

  /** ADD COLUMN IF NOT EXISTS for a column that exists. */
  function isFoundThere(name: string): boolean {
    return live.includes(name) && columns.given.has(name) && !columns.isRemade(name) && !columns.given.get(name);
  }

  function currentValue(name: string): string | undefined {
    const origin = isFoundThere(name) ? name : columns.originOf(name);
    if (origin !== undefined && (isFoundThere(name) || !types.has(name))) return quoteIdentifier(origin);
    const type = types.get(name);
    return type === undefined ? undefined : `null::${type}`;
  }
}

function describe({ schema, name, column }: Use): string {
  return formatQualified({ schema, name }) + (column === undefined ? "" : `.${formatName(column)}`);
}
