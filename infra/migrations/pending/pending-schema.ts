import type { Answer, Probe } from "../../catalog/probe.ts";
import type { Use, UseAnswer, UseOutcome } from "../../catalog/use-probe.ts";
import type { Problem } from "../../errors/errors.ts";
import type { PendingSchema } from "../../lifecycle/pending-migrations.ts";
import { formatName } from "../../sql/names.ts";
import { relationOf } from "../../sql/nodes.ts";
import { type Node, parseStatements } from "../../sql/parser.ts";
import {
  formatQualified,
  parseQualified,
  type QualifiedName,
  quoteIdentifier,
  quoteQualified,
} from "../../sql/quote.ts";
import type { Alteration } from "../scripts/rename-tracker.ts";
import type { ChangedTable, SchemaChanges } from "../scripts/schema-changes.ts";

type Condition = Extract<Probe, { kind: "condition" }>;

/**
 * Judges declarations by the schema after the pending migrations, while the database still has the schema before them. A declaration that
 * uses something that is dropped is refused before anything is applied. One that needs a new column is tried on the table's rows with the
 * columns that they will have.
 */
export class MigratedSchema implements PendingSchema {
  readonly #changes: SchemaChanges;
  readonly #columns: ReadonlyMap<string, readonly string[]>;
  readonly #holding = new Set<string>();

  /** @param columns the present columns of the changed tables, by the tables' names in the database */
  constructor(changes: SchemaChanges, columns: ReadonlyMap<string, readonly string[]>) {
    this.#changes = changes;
    this.#columns = columns;
  }

  /** What in a declaration is no longer valid once the migrations are applied. */
  async examine(
    probes: readonly Probe[],
    ask: (probes: readonly Probe[]) => Promise<readonly Answer[]>,
  ): Promise<readonly Problem[]> {
    if (!this.#changes.changesWhatExists) return [];
    const questions = probes.flatMap((probe) =>
      probe.kind === "condition" || probe.kind === "function" ? [this.#questionOn(probe)] : [],
    );
    const answers = questions.length === 0 ? [] : await ask(questions);
    const asked = new Map(questions.map(({ of }, index) => [of as Probe, readAnswer(answers[index])]));
    return probes.flatMap((probe) => {
      const refusal = this.#judge(probe, asked.get(probe));
      return refusal === undefined ? [] : [{ path: probe.path, message: refusal }];
    });
  }

  /** Whether a question that the database refuses now is known to succeed afterwards. */
  willHold(probe: Probe): boolean {
    return this.#holding.has(keyOf(probe));
  }

  #questionOn(probe: Extract<Probe, { kind: "condition" | "function" }>) {
    const future = probe.kind === "condition" ? this.#futureRows(probe) : undefined;
    return { kind: "use", path: probe.path, of: probe, future } as const;
  }

  #judge(probe: Probe, answer: UseAnswer | undefined): string | undefined {
    switch (probe.kind) {
      case "condition":
        return answer && this.#judgeCondition(probe, answer);
      case "function":
        return answer?.now.ok ? this.#refusalOf(answer.now.uses ?? []) : undefined;
      case "relation":
        return this.#judgeTable(probe, []);
      case "column":
        return this.#judgeTable(probe, [probe.column]);
      case "member":
        return this.#judgeTable(probe, probe.columns);
      default:
        return undefined;
    }
  }

  #judgeCondition(probe: Condition, { now, future }: UseAnswer): string | undefined {
    if (this.#changes.isRemade(probe.table)) return undefined;
    if (now.ok) {
      const uses = now.uses ?? [];
      return this.#refusalOf(uses) ?? this.#refusalOfRetyping(uses, future);
    }
    if (future === null) return undefined;
    if (future.ok) {
      // The sub-select for the later rows uses every remaining column, so uses of the table itself mean nothing here.
      const origin = this.#changes.tables.get(formatQualified(probe.table))?.origin;
      const others = (future.uses ?? []).filter((use) => formatQualified(use) !== origin);
      this.#holding.add(keyOf(probe));
      return this.#refusalOf(others);
    }
    if (future.sqlState !== undefinedColumn || this.#mentionsChangedTable(probe.sql)) return undefined;
    return `${future.message}, neither now nor when the pending migrations are applied`;
  }

  #judgeTable(probe: Extract<Probe, { table: QualifiedName }>, columns: readonly string[]): string | undefined {
    const { schema, name } = probe.table;
    const uses = columns.map((column) => ({ kind: "column", schema, name, column }) as const);
    const refusal = this.#refusalOf([{ kind: "relation", schema, name }, ...uses]);
    const future = this.#futureColumns(probe.table);
    if (future !== undefined && columns.every((column) => future.has(column))) this.#holding.add(keyOf(probe));
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

  /** Refuses a condition whose columns still exist but have types that it does not fit. */
  #refusalOfRetyping(uses: readonly Use[], future: UseOutcome | null): string | undefined {
    if (future === null || future.ok) return undefined;
    // A cast in the condition may name another type by then, and a column qualified by its table can't be tried on the sub-select.
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
  #futureRows({ table }: Condition): string | undefined {
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
    const names = relationsIn(parseStatements(`select (${condition}\n)`));
    return names.some((name) => this.#changes.tables.has(formatQualified(name)));
  }
}

const undefinedColumn = "42703";
const undefinedTable = "42P01";
/** Such as a label that is not in the enum. */
const invalidValue = "22P02";
const systemColumns = ["tableoid", "ctid", "xmin", "xmax", "cmin", "cmax"];

/** Each column by its later name, with its value as SQL: the present column, or null of its new type. */
function futureColumns({ columns, types }: ChangedTable, live: readonly string[]): Map<string, string | undefined> {
  const kept = live.filter((name) => columns.originOf(name) === name || isFoundThere(name));
  const given = [...columns.given.keys()].filter((name) => !isFoundThere(name));
  return new Map([...kept, ...given].map((name) => [name, currentValue(name)]));

  /** ADD COLUMN IF NOT EXISTS, of one that does. */
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

function relationsIn(value: unknown): QualifiedName[] {
  if (Array.isArray(value)) return value.flatMap(relationsIn);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value as Node).flatMap(([key, inner]) =>
    key === "RangeVar" ? [relationOf(inner)] : relationsIn(inner),
  );
}

function describe({ schema, name, column }: Use): string {
  return formatQualified({ schema, name }) + (column === undefined ? "" : `.${formatName(column)}`);
}

function readAnswer(answer: Answer | undefined): UseAnswer | undefined {
  return answer?.ok ? (JSON.parse(answer.canonical) as UseAnswer) : undefined;
}

function keyOf(probe: Probe): string {
  return JSON.stringify(probe);
}
