import { nameOf, objectOf, relationOf, typeOf } from "../../sql/nodes.ts";
import { type Node, splitStatements } from "../../sql/parser.ts";
import { formatQualified, type QualifiedName } from "../../sql/quote.ts";
import { type Alteration, RenameTracker } from "./rename-tracker.ts";

export type ThingKind = "column" | "relation" | "function" | "type" | "schema";

/** An object of the database that a script drops, renames or retypes, by its name in the database. */
export interface Loss extends Alteration {
  readonly kind: ThingKind;
  /** For a column: the table's name. */
  readonly name: string;
  readonly column?: string;
}

/** A table that scripts change. */
export interface ChangedTable {
  /** Its name in the database; undefined if a script creates it. */
  readonly origin: string | undefined;
  readonly columns: RenameTracker;
  /** The types of new and retyped columns, by their name afterwards; undefined if the type can't be written as text. */
  readonly types: Map<string, string | undefined>;
}

/**
 * The effects of scripts, statement by statement, on existing tables, functions and types. Only the scripts' text is
 * parsed, so the effects of a DO block are not known. Names have the form of `formatQualified`.
 */
export class SchemaChanges {
  readonly #things = {
    relation: new RenameTracker(),
    function: new RenameTracker(),
    type: new RenameTracker(),
    schema: new RenameTracker(),
  };
  readonly #tables = new Map<string, ChangedTable>();
  readonly #losses = new Map<string, Loss>();
  readonly #createdTables = new Set<string>();
  readonly #clearedAway = new Set<string>();
  #renamesTypes = false;

  /** Adds a script. Await `loadParser` first. @throws the parser's error */
  read(migration: string, script: string): this {
    for (const { node } of splitStatements(script)) this.#take(node, migration);
    return this;
  }

  /** While a policy uses one of these, PostgreSQL refuses the migration or, with CASCADE, drops the policy. */
  get losses(): readonly Loss[] {
    return [...this.#losses.values()];
  }

  /** The changed tables, by their names afterwards. */
  get tables(): ReadonlyMap<string, ChangedTable> {
    return this.#tables;
  }

  /** Whether a script itself drops or alters a view, publication or trigger. */
  clearsAway(kind: "view" | "publication" | "trigger", name: string): boolean {
    const { relation } = this.#things;
    const isDropped = relation.takenBy(name) !== undefined || relation.isRemade(name);
    return this.#clearedAway.has(`${kind} ${name}`) || (kind === "view" && isDropped);
  }

  /** The tables that a script creates. */
  get createdTables(): ReadonlySet<string> {
    return this.#createdTables;
  }

  /** Whether an existing object is changed or dropped. */
  get changesWhatExists(): boolean {
    return this.#losses.size > 0 || [...this.#tables.values()].some(({ origin }) => origin !== undefined);
  }

  /** What removed an object's name, if no object has that name after all scripts. */
  takenBy(kind: Exclude<ThingKind, "column">, name: QualifiedName): Alteration | undefined {
    return this.#things[kind].takenBy(formatQualified(name)) ?? this.#things.schema.takenBy(name.schema);
  }

  /** Whether a table is dropped and created again, so that its current columns say nothing about the later ones. */
  isRemade(name: QualifiedName): boolean {
    return this.#things.relation.isRemade(formatQualified(name));
  }

  /** Whether a type is renamed, so that a type's name in a condition may mean another type afterwards. */
  get renamesTypes(): boolean {
    return this.#renamesTypes;
  }

  #take(statement: Node, migration: string): void {
    const [type = "", content] = Object.entries(statement)[0] ?? [];
    const body = (content ?? {}) as Node;
    if (type === "AlterTableStmt") this.#alterTable(body, migration);
    else if (type === "RenameStmt") this.#rename(body, migration);
    else if (type === "AlterObjectSchemaStmt") {
      this.#rebrand(body.objectType, body, { schema: String(body.newschema) }, migration);
    } else if (type === "DropStmt") this.#drop(body, migration);
    else if (type === "AlterPublicationStmt") this.#clearedAway.add(`publication ${body.pubname}`);
    else this.#create(type, body);
  }

  #alterTable({ relation, objtype, cmds }: Node, migration: string): void {
    if (objtype !== "OBJECT_TABLE") return;
    for (const command of (cmds ?? []) as Node[]) {
      const { subtype, name: column, def } = command.AlterTableCmd as Node;
      if (!columnCommands.has(String(subtype))) continue;
      const table = this.#table(formatQualified(relationOf(relation)));
      const { colname, typeName } = ((def as Node | undefined)?.ColumnDef ?? {}) as Node;
      if (subtype === "AT_DropColumn") {
        this.#loseColumn(table, table.columns.take(String(column), { action: "drops", migration }), "drops", migration);
        table.types.delete(String(column));
      } else if (subtype === "AT_AddColumn") {
        table.columns.give(String(colname));
        table.types.set(String(colname), typeOf(typeName));
      } else if (subtype === "AT_AlterColumnType") {
        this.#loseColumn(table, table.columns.originOf(String(column)), "retypes", migration);
        table.types.set(String(column), typeOf(typeName));
      }
    }
  }

  #rename(body: Node, migration: string): void {
    const { renameType, relation, subname, newname } = body;
    if (renameType === "OBJECT_SCHEMA") {
      this.#lose("schema", String(subname), { action: "renames", migration });
    } else if (renameType === "OBJECT_COLUMN") {
      const table = this.#table(formatQualified(relationOf(relation)));
      const origin = table.columns.take(String(subname), { action: "renames", migration });
      table.columns.give(String(newname), origin);
      if (table.types.has(String(subname))) table.types.set(String(newname), table.types.get(String(subname)));
      table.types.delete(String(subname));
      this.#loseColumn(table, origin, "renames", migration);
    } else this.#rebrand(renameType, body, { name: String(newname) }, migration);
  }

  /** Renames an object, or moves it to another schema. */
  #rebrand(objectType: unknown, { relation, object }: Node, change: Partial<QualifiedName>, migration: string): void {
    const kind = kinds[String(objectType)];
    if (kind === undefined) return;
    this.#renamesTypes ||= kind === "type";
    const before = relation === undefined ? objectOf(object) : relationOf(relation);
    const [from, to] = [formatQualified(before), formatQualified({ ...before, ...change })];
    const table = kind === "relation" ? this.#tables.get(from) : undefined;
    this.#things[kind].give(to, this.#lose(kind, from, { action: "renames", migration }));
    if (kind !== "relation") return;
    this.#tables.set(to, table ?? { ...newTable(), origin: from });
    this.#tables.delete(from);
  }

  #drop({ removeType, objects }: Node, migration: string): void {
    for (const object of (objects ?? []) as Node[]) {
      const kind = kinds[String(removeType)];
      const name = objectOf(object);
      if (removeType === "OBJECT_PUBLICATION") {
        this.#clearedAway.add(`publication ${name.name}`);
      } else if (removeType === "OBJECT_TRIGGER") {
        const items = ((object.List as Node | undefined)?.items ?? []) as Node[];
        this.#clearedAway.add(`trigger ${name.name} on ${formatQualified(nameOf(items.slice(0, -1)))}`);
      } else if (kind !== undefined) {
        this.#lose(kind, kind === "schema" ? name.name : formatQualified(name), { action: "drops", migration });
        if (kind === "relation") this.#tables.delete(formatQualified(name));
      }
    }
  }

  #create(type: string, body: Node): void {
    const [kind, name] = created(type, body) ?? [];
    if (kind === undefined || name === undefined) return;
    const key = kind === "schema" ? name.name : formatQualified(name);
    const mayExist = body.if_not_exists === true || body.replace === true;
    if (!mayExist || this.#things[kind].originOf(key) === undefined) this.#things[kind].give(key);
    if (type === "CreateStmt" || type === "CreateTableAsStmt") this.#createdTables.add(key);
  }

  /** @returns the object's name in the database; undefined if a script created it */
  #lose(kind: Exclude<ThingKind, "column">, name: string, act: Alteration): string | undefined {
    const origin = this.#things[kind].take(name, act);
    if (origin !== undefined) this.#note({ ...act, kind, name: origin });
    return origin;
  }

  #loseColumn(table: ChangedTable, column: string | undefined, action: Alteration["action"], migration: string): void {
    if (table.origin === undefined || column === undefined) return;
    this.#note({ kind: "column", name: table.origin, column, action, migration });
  }

  /** An object that is renamed and later dropped counts as dropped. */
  #note(loss: Loss): void {
    const key = JSON.stringify([loss.kind, loss.name, loss.column]);
    if (this.#losses.get(key)?.action !== "drops") this.#losses.set(key, loss);
  }

  #table(name: string): ChangedTable {
    const known = this.#tables.get(name);
    if (known !== undefined) return known;
    const table = { ...newTable(), origin: this.#things.relation.originOf(name) };
    this.#tables.set(name, table);
    return table;
  }
}

const columnCommands = new Set(["AT_DropColumn", "AT_AddColumn", "AT_AlterColumnType"]);

const kinds: Readonly<Record<string, Exclude<ThingKind, "column">>> = {
  OBJECT_TABLE: "relation",
  OBJECT_VIEW: "relation",
  OBJECT_MATVIEW: "relation",
  OBJECT_FOREIGN_TABLE: "relation",
  OBJECT_SEQUENCE: "relation",
  OBJECT_FUNCTION: "function",
  OBJECT_PROCEDURE: "function",
  OBJECT_ROUTINE: "function",
  OBJECT_AGGREGATE: "function",
  OBJECT_TYPE: "type",
  OBJECT_DOMAIN: "type",
  OBJECT_SCHEMA: "schema",
};

function created(type: string, body: Node): readonly [Exclude<ThingKind, "column">, QualifiedName] | undefined {
  switch (type) {
    case "CreateStmt":
      return ["relation", relationOf(body.relation)];
    case "CreateSeqStmt":
      return ["relation", relationOf(body.sequence)];
    case "ViewStmt":
      return ["relation", relationOf(body.view)];
    case "CreateTableAsStmt":
      return ["relation", relationOf((body.into as Node | undefined)?.rel)];
    case "CreateFunctionStmt":
      return ["function", nameOf(body.funcname)];
    case "CreateEnumStmt":
    case "CreateRangeStmt":
      return ["type", nameOf(body.typeName)];
    case "CreateDomainStmt":
      return ["type", nameOf(body.domainname)];
    case "CompositeTypeStmt":
      return ["type", relationOf(body.typevar)];
    case "CreateSchemaStmt":
      return ["schema", { schema: "", name: String(body.schemaname) }];
    default:
      return undefined;
  }
}

function newTable(): Omit<ChangedTable, "origin"> {
  return { columns: new RenameTracker(), types: new Map() };
}
