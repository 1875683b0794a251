import type { Session } from "../database/database.ts";
import { formatQualified, type QualifiedName, quoteLiteral } from "../sql/quote.ts";
import type { SchemaFacts, TypeFacts } from "./rows/schema-facts.ts";
import type { TestData } from "./test-data.ts";

/** Shorter texts may occur anywhere. */
const shortest = 6;
/** Shorter numbers are usually amounts and counts, longer ones keys. */
const shortestNumber = 9;

/** A value that only one tenant's rows contain, and the columns that contain it: `public.tasks.title`. */
interface Mark {
  readonly value: string;
  readonly places: ReadonlySet<string>;
}

/**
 * The values that only one tenant's rows contain. They identify the tenant's rows in a view or in the result of a
 * function.
 */
export class Marks {
  readonly #byTenant: ReadonlyMap<string, readonly Mark[]>;

  constructor(testData: TestData, tenants: readonly string[]) {
    const { facts, verification } = testData.plan;
    // A value from the declaration is one of the application's own words: other rows contain it too.
    const stated = new Set((verification.rows ?? []).flatMap(({ values }) => Object.values(values)));
    const held = new Map<string, { readonly owners: Set<string>; readonly places: Set<string> }>();
    for (const row of testData.made.rows) {
      const table = formatQualified(row.table);
      for (const [column, value] of Object.entries(row.values)) {
        if (value === null || stated.has(value) || !tells(value, typeOf(facts, row.table, column), facts)) continue;
        const mark = held.get(value) ?? { owners: new Set<string>(), places: new Set<string>() };
        mark.owners.add(row.tenant ?? "");
        mark.places.add(`${table}.${column}`);
        held.set(value, mark);
      }
    }
    this.#byTenant = new Map(
      tenants.map((tenant) => [
        tenant,
        [...held].flatMap(([value, { owners, places }]) =>
          owners.size === 1 && owners.has(tenant) ? [{ value, places }] : [],
        ),
      ]),
    );
  }

  /** Sends the marks to the server once for the whole transaction: there are too many to repeat in each statement. */
  async send(session: Session): Promise<void> {
    const settings = [...this.#byTenant].map(
      ([tenant, marks]) =>
        `set_config(${quoteLiteral(settingOf(tenant))}, ${arrayOf(marks.map(({ value }) => value))}::text, true)`,
    );
    await session.run(`select ${settings.join(", ")}`);
  }

  /**
   * The condition that a text contains one of the marks that `send` stored, except those that the person passed in
   * themselves.
   */
  condition(text: string, tenant: string, said: readonly string[] = []): string {
    const sent = `current_setting(${quoteLiteral(settingOf(tenant))})::text[]`;
    if (said.length === 0) return `${text} like any ((select ${sent})::text[])`;
    const isSaid = `exists (select from unnest(${arrayOf(said, (value) => value)}) as said where said like mark)`;
    return `${text} like any (array(select mark from unnest(${sent}) as mark where not ${isSaid}))`;
  }

  /** The same condition for a person to read, with the marks of these columns spelled out. */
  shownCondition(
    text: string,
    tenant: string,
    reads: readonly (QualifiedName & { readonly columns: readonly string[] })[],
  ): string {
    const read = reads.flatMap((table) => table.columns.map((column) => `${formatQualified(table)}.${column}`));
    const marks = (this.#byTenant.get(tenant) ?? []).filter(({ places }) => read.some((place) => places.has(place)));
    return marks.length === 0 ? "true" : `${text} like any (${arrayOf(marks.map(({ value }) => value))})`;
  }
}

function settingOf(tenant: string): string {
  return `palisade.marks_${tenant}`;
}

function arrayOf(values: readonly string[], write = asPattern): string {
  return `array[${values.map((value) => quoteLiteral(write(value))).join(", ")}]::text[]`;
}

function asPattern(value: string): string {
  return `%${value.replaceAll(/[\\%_]/g, "\\$&")}%`;
}

function typeOf(facts: SchemaFacts, table: QualifiedName, column: string): TypeFacts | undefined {
  const found = facts.tables.find(({ schema, name }) => schema === table.schema && name === table.name);
  return facts.types.get(found?.columns.find(({ name }) => name === column)?.type ?? 0);
}

/** Whether a value can identify a row's tenant: existing rows may share a date, an amount or an enum label. */
function tells(value: string, type: TypeFacts | undefined, facts: SchemaFacts): boolean {
  if (value.length < shortest) return false;
  if (type?.of !== undefined && ["d", "r", "m"].includes(type.kind))
    return tells(value, facts.types.get(type.of), facts);
  if (type?.category === "A") return tells(value, facts.types.get(type.of ?? 0), facts);
  if (type?.category === "N") return /^\d+$/.test(value) && value.length >= shortestNumber;
  return !["B", "D", "E", "T"].includes(type?.category ?? "");
}
