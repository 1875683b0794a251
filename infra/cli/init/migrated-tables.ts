import { objectOf, relationOf } from "../../sql/nodes.ts";
import { loadParser, type Node, parseStatements } from "../../sql/parser.ts";
import { formatQualified, type QualifiedName } from "../../sql/quote.ts";

/** A table after the migrations. */
export interface MigratedTable extends QualifiedName {
  readonly columns: readonly string[];
  /** The first column that references the platform's users, if there is one. */
  readonly owner: string | undefined;
}

/**
 * The tables that scripts create, in order, with their columns. The result is a starting point for a person: what can't
 * be parsed, or would need running a script (a `DO` block, a function), is left out.
 */
export async function readMigratedTables(scripts: readonly string[]): Promise<readonly MigratedTable[]> {
  await loadParser();
  const tables = new Map<string, Table>();
  for (const statement of scripts.flatMap(parse)) follow(statement, tables);
  return [...tables]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([, { name, columns }]) => ({
      ...name,
      columns: [...columns.keys()],
      owner: [...columns].find(([, refersToUsers]) => refersToUsers)?.[0],
    }));
}

interface Table {
  readonly name: QualifiedName;
  /** For each column, whether it references the platform's users. */
  readonly columns: Columns;
}
type Columns = Map<string, boolean>;
type Tables = Map<string, Table>;

function parse(script: string): readonly Node[] {
  try {
    return parseStatements(script);
  } catch {
    return [];
  }
}

function follow(statement: Node, tables: Tables): void {
  const [[kind, body] = ["", undefined]] = Object.entries(statement);
  const node = body as Node;
  if (kind === "CreateStmt") createTable(node, tables);
  if (kind === "AlterTableStmt") alterTable(node, tables);
  if (kind === "RenameStmt") rename(node, tables);
  if (kind === "DropStmt" && node.removeType === "OBJECT_TABLE")
    for (const object of list(node.objects)) tables.delete(formatQualified(objectOf(object)));
}

function createTable({ relation, tableElts }: Node, tables: Tables): void {
  const name = relationOf(relation);
  const key = formatQualified(name);
  // If the table exists already, it is `create table if not exists`.
  if (tables.has(key)) return;
  const columns: Columns = new Map();
  for (const element of list(tableElts)) addElement(element, columns);
  tables.set(key, { name, columns });
}

function alterTable({ relation, cmds }: Node, tables: Tables): void {
  const columns = tables.get(formatQualified(relationOf(relation)))?.columns;
  if (columns === undefined) return;
  for (const { AlterTableCmd } of list(cmds)) {
    const { subtype, name, def } = AlterTableCmd as Node;
    if (subtype === "AT_DropColumn") columns.delete(String(name));
    else addElement((def ?? {}) as Node, columns);
  }
}

/** A column, or a constraint on existing columns. */
function addElement({ ColumnDef, Constraint }: Node, columns: Columns): void {
  const { colname, constraints } = (ColumnDef ?? {}) as Node;
  // ALTER COLUMN does not have the name here.
  if (typeof colname === "string" && !columns.has(colname)) columns.set(colname, list(constraints).some(refersToUsers));
  if (Constraint === undefined || !refersToUsers({ Constraint })) return;
  for (const { String: text } of list((Constraint as Node).fk_attrs)) columns.set(String((text as Node).sval), true);
}

function refersToUsers({ Constraint }: Node): boolean {
  const { contype, pktable } = Constraint as Node;
  return contype === "CONSTR_FOREIGN" && formatQualified(relationOf(pktable)) === "auth.users";
}

function rename({ renameType, relation, subname, newname }: Node, tables: Tables): void {
  const key = formatQualified(relationOf(relation));
  const table = tables.get(key);
  if (table === undefined) return;
  if (renameType === "OBJECT_TABLE") {
    const name = { ...table.name, name: String(newname) };
    tables.delete(key);
    tables.set(formatQualified(name), { ...table, name });
  }
  if (renameType === "OBJECT_COLUMN") {
    const columns = [...table.columns].map(
      ([name, refers]) => [name === subname ? String(newname) : name, refers] as const,
    );
    tables.set(key, { ...table, columns: new Map(columns) });
  }
}

function list(nodes: unknown): readonly Node[] {
  return (nodes ?? []) as readonly Node[];
}
