import { formatQualified } from "../sql/quote.ts";
import { type Actor, tenantNames } from "./actors.ts";
import { conditionRow } from "./condition-rows.ts";
import { groupBy } from "./group-by.ts";
import type { Plan, PlannedTable } from "./plan.ts";
import { insertion } from "./row-sql.ts";
import type { ColumnChange, Draft, MadeRow, MadeRows, NotMade, Values } from "./rows/made-rows.ts";
import type { Statement } from "./run-tries.ts";
import { tenantQuery, type Watched } from "./watch.ts";
import { membershipsOf, type Row } from "./who.ts";

/** A test row, and who it belongs to. */
export interface OwnRow extends Row {
  readonly key: Values;
  /** What distinguishes it from other rows of the same person: a member's role. */
  readonly sort: string;
  readonly made: MadeRow;
}

export interface Change {
  readonly values: Values;
  readonly kind: ColumnChange["kind"];
  /**
   * Whether a constraint may refuse it to everybody: a unique key, although the row in the way is deleted first, or
   * because it is one of several variants.
   */
  readonly isOptional?: boolean;
  /** The tenant that the row moves to, or references. */
  readonly tenant?: string;
  /** The new value, if it matters which one. */
  readonly label?: string;
}

/** `unique_violation` */
const uniqueViolation = "23505";

function isTaken({ isDraft, refusal }: NotMade): boolean {
  return isDraft && refusal?.sqlState === uniqueViolation;
}

/** A variant of a row to insert. */
interface Variant {
  readonly values: Values;
  readonly what?: string;
}

export class TestData {
  readonly actors: readonly Actor[];
  readonly plan: Plan;
  readonly made: MadeRows;
  /** The rows that could not be made. */
  readonly notMade: readonly NotMade[];
  readonly #rows: ReadonlyMap<string, readonly OwnRow[]>;
  readonly #drafts: ReadonlyMap<string, readonly Draft[]>;
  readonly #changes: ReadonlyMap<MadeRow, readonly ColumnChange[]>;
  readonly #tenantIds: ReadonlyMap<string, string>;
  /**
   * The tables that others reference, except the table of tenants, whose rows are deleted together with their tenant.
   */
  readonly #pointedTo: ReadonlySet<string>;
  readonly #watched: ReadonlyMap<string, Watched>;
  readonly #watches: ReadonlyMap<string, string>;

  /** @param watched the tables and functions that may change rows other than those that a statement names */
  constructor(plan: Plan, actors: readonly Actor[], made: MadeRows, watched: ReadonlyMap<string, Watched>) {
    this.plan = plan;
    this.actors = actors;
    this.made = made;
    this.#watched = watched;
    const targets = plan.facts.tables.flatMap(({ foreignKeys }) => foreignKeys.map(({ to }) => formatQualified(to)));
    const { tenants } = plan;
    this.#pointedTo = new Set(targets.filter((id) => tenants === undefined || id !== formatQualified(tenants)));
    this.#watches = new Map(tenantNames.map((tenant) => [tenant, tenantQuery(plan, made, tenant)]));
    const tables = new Map(plan.tables.map((table) => [table.id, table]));
    const rows = made.rows.flatMap((row) => {
      const table = tables.get(formatQualified(row.table));
      return table === undefined ? [] : [this.#ownRow(table, row)];
    });
    this.#rows = groupBy(rows, ({ table }) => table);
    const standIns = made.notMade.filter(isTaken).flatMap((draft) => this.#standInFor(draft));
    this.#drafts = groupBy([...made.drafts, ...standIns], ({ table }) => formatQualified(table));
    // A value that a condition tests for may be impossible for this tenant.
    const missing = made.notMade.filter(({ name }) => !name?.startsWith(conditionRow));
    this.notMade = missing.filter(
      (each) =>
        !(isTaken(each) && standIns.some(({ table, tenant }) => table === each.table && tenant === each.tenant)),
    );
    this.#changes = groupBy(made.changes, ({ row }) => row);
    this.#tenantIds = new Map(tenantNames.map((tenant) => [tenant, this.#findTenantId(tenant)]));
  }

  rowsOf(table: string): readonly OwnRow[] {
    return this.#rows.get(table) ?? [];
  }

  draftsOf(table: string): readonly Draft[] {
    return this.#drafts.get(table) ?? [];
  }

  /** If a tenant can have only one row, that row is inserted again after it was deleted. */
  #standInFor({ table, tenant }: NotMade): readonly Draft[] {
    const row = this.rowsOf(formatQualified(table)).find(({ made }) => made.tenant === tenant);
    const columns = this.plan.facts.tables.find((each) => formatQualified(each) === formatQualified(table))?.columns;
    if (row === undefined || columns === undefined) return [];
    const written = columns.filter(({ isGenerated }) => !isGenerated).map(({ name }) => name);
    return [
      {
        ...{ table, values: Object.fromEntries(written.map((name) => [name, row.values[name] ?? null])), optional: [] },
        ...(tenant === undefined ? {} : { tenant }),
        identity: columns.filter(({ identity }) => identity === "a").map(({ name }) => name),
      },
    ];
  }

  /**
   * The possible changes of a row, without those that nobody could make, and those that other rows prevent by
   * referencing it.
   */
  changesOf(row: OwnRow): readonly Change[] {
    const changes = this.#possibleChanges(row, false);
    const { members } = this.plan;
    const role = members !== undefined && formatQualified(members.table) === row.table ? members.role : undefined;
    return [
      ...changes.filter(({ values }) => role === undefined || !Object.hasOwn(values, role)),
      ...(role === undefined ? [] : (members?.roles ?? []))
        .filter((value) => value !== row.values[role ?? ""])
        .map((value): Change => ({ kind: "value", values: { [role ?? ""]: value }, label: value })),
    ];
  }

  /** The possible changes of the row if no other row referenced it. */
  changesOfSpare(row: OwnRow): readonly Change[] {
    return this.#possibleChanges(row, true);
  }

  #possibleChanges({ made }: OwnRow, ofSpare: boolean): readonly Change[] {
    return (this.#changes.get(made) ?? []).flatMap(({ refusal, isOfDraft = false, ...change }): Change[] => {
      const isTaken = refusal?.sqlState === uniqueViolation && change.kind === "tenant";
      const isPossible = refusal === undefined || isTaken;
      return isOfDraft === ofSpare && isPossible ? [{ ...change, isOptional: isTaken }] : [];
    });
  }

  /**
   * Another row of the same tenant, and the statement that inserts it. Undefined: none is needed, or none is possible.
   */
  spareOf(table: PlannedTable, row: OwnRow): (OwnRow & { readonly insertion: string }) | undefined {
    if (table.owner !== undefined || !this.#pointedTo.has(table.id) || !this.#isPlain(table, row)) return undefined;
    const draft = this.draftsOf(table.id).find(({ tenant }) => tenant === row.made.tenant);
    const key = Object.keys(row.key).map((column) => [column, draft?.values[column]] as const);
    if (draft === undefined || key.some(([, value]) => value === undefined)) return undefined;
    // If a tenant can have only one row, the draft has the key of the row itself.
    if (key.every(([column, value]) => value === row.key[column])) return undefined;
    return {
      ...row,
      values: draft.values,
      key: Object.fromEntries(key) as Values,
      insertion: insertion(table.facts, Object.entries(draft.values), draft.identity),
    };
  }

  /** Whether it is the row that represents its tenant, or a further row if there is none. */
  #isPlain({ id }: PlannedTable, row: OwnRow): boolean {
    const own = this.rowsOf(id).filter(({ made }) => made.tenant === row.made.tenant);
    return row.sort === "" || (own[0] === row && own.every(({ sort }) => sort !== ""));
  }

  /**
   * The variants of a row to insert: one for each role of members and, for example for an invitation, one with the
   * person's own address.
   */
  variantsOf(table: PlannedTable, values: Values, person: Actor): readonly Variant[] {
    const { members, users } = this.plan;
    const role = this.#roleIn(table);
    const own = values[role ?? ""];
    const roles = (members?.roles ?? []).map((value) => ({ values: { ...values, [role ?? ""]: value }, what: value }));
    // The value from the schema comes first: it represents the others if one is enough.
    const ordered = this.isOfMembers(table)
      ? roles
      : [...roles].sort((one, other) => Number(other.what === own) - Number(one.what === own));
    const variants: readonly Variant[] = role === undefined || roles.length === 0 ? [{ values }] : ordered;
    const address = users.find(({ email }) => email !== undefined && Object.hasOwn(values, email))?.email;
    if (address === undefined || person.email === undefined || this.isOfPeople(table)) return variants;
    return [...variants, { values: { ...values, [address]: person.email }, what: "for themselves" }];
  }

  /** The column with a member's role. Tables other than that of members have one, too, if it is of the same enum. */
  #roleIn({ id, facts: { columns } }: PlannedTable): string | undefined {
    const { members, facts } = this.plan;
    if (members?.role === undefined) return undefined;
    const memberships = formatQualified(members.table);
    if (id === memberships) return members.role;
    const type = facts.tables
      .find((each) => formatQualified(each) === memberships)
      ?.columns.find(({ name }) => name === members.role)?.type;
    const isEnum = type !== undefined && (facts.types.get(type)?.labels ?? []).length > 0;
    return isEnum ? columns.find((column) => column.type === type)?.name : undefined;
  }

  isOfPeople({ id }: PlannedTable): boolean {
    return this.plan.users.some(({ table }) => formatQualified(table) === id);
  }

  isOfMembers({ id }: PlannedTable): boolean {
    const { members } = this.plan;
    return members !== undefined && formatQualified(members.table) === id;
  }

  /** The `sub` of the row's owner. */
  ownerOf({ owner }: PlannedTable, values: Values): string | undefined {
    return owner === undefined ? undefined : (values[owner] ?? undefined);
  }

  askerOf(person: Actor): Pick<Statement, "settings" | "role"> {
    const claims = person.claims({
      tenantId: (tenant) => (tenant === undefined ? undefined : this.#tenantIds.get(tenant)),
    });
    return { role: person.databaseRole, settings: { "request.jwt.claims": claims } };
  }

  tenantId(tenant: string): string | undefined {
    return this.#tenantIds.get(tenant);
  }

  /**
   * The check after a statement that may change more than it names: the rows of tenants that the person is not in and
   * the statement does not name.
   */
  watchOf(object: string, person: Actor, touched?: string): Pick<Statement, "watch" | "watchesAlways"> {
    const watched = this.#watched.get(object);
    // The service role may change everything.
    if (watched === undefined || person.databaseRole === "service_role") return {};
    const except = [...membershipsOf(person).map(({ tenant }) => tenant), touched];
    const queries = tenantNames.filter((tenant) => !except.includes(tenant)).map((tenant) => this.#watches.get(tenant));
    return queries.length === 0
      ? {}
      : {
          watch: `select concat_ws(E'\\n', ${queries.map((query) => `(${query})`).join(", ")})`,
          ...(watched === "whatever is reached" ? { watchesAlways: true } : {}),
        };
  }

  #ownRow(table: PlannedTable, made: MadeRow): OwnRow {
    const { members } = this.plan;
    const owner = this.ownerOf(table, made.values);
    const isMembership = members?.role !== undefined && this.isOfMembers(table);
    const isFurther = ["further row", conditionRow].some((start) => made.name?.startsWith(start));
    return {
      ...{ table: table.id, values: made.values, key: made.key, made },
      ...(table.belongs ? this.#tenantsOf(made, owner) : {}),
      ...(owner === undefined ? {} : { owner }),
      sort: isMembership ? (made.values[members.role ?? ""] ?? "") : isFurther ? (made.name ?? "") : "",
    };
  }

  /** The account of somebody in both tenants belongs to neither alone. */
  #tenantsOf({ tenant }: MadeRow, owner: string | undefined): Pick<Row, "tenant" | "tenants"> {
    if (tenant !== undefined || owner === undefined) return tenant === undefined ? {} : { tenant };
    const { memberships } = this.actors.find(({ subject }) => subject === owner) ?? {};
    return memberships === undefined ? {} : { tenants: memberships.map((each) => each.tenant) };
  }

  #findTenantId(tenant: string): string {
    const { tenants } = this.plan;
    const id = tenants && formatQualified(tenants);
    const row = this.made.rows.find((each) => each.tenant === tenant && formatQualified(each.table) === id);
    return Object.values(row?.key ?? {})[0] ?? "";
  }
}
