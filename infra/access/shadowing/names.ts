import type { Body, Statement } from "../../sql/body/body.ts";
import type { Span } from "../../sql/body/cursor.ts";
import { is } from "../../sql/body/cursor.ts";
import { edit, findInto } from "../../sql/body/edit.ts";
import { readProcedure } from "../../sql/body/read-procedure.ts";
import type { FunctionText } from "../../sql/function-text.ts";
import { type ImplicitUse, implicitUsesOf } from "../../sql/implicit-uses.ts";
import { type Node, parseStatements } from "../../sql/parser.ts";
import { type FunctionUse, referencesOf } from "../../sql/references.ts";
import { pathSetBy } from "./path-setting.ts";

/** An unqualified name, which PostgreSQL resolves each time the function runs. */
export interface UnqualifiedName {
  /** `temporary`: a table that is meant to be the session's own, but that the function does not certainly create. */
  readonly kind: "type" | "relation" | "temporary" | "function" | "operator";
  readonly name: string;
  /** The search_path that the body may have set by then. Undefined: the path that the function runs with. */
  readonly path?: readonly string[];
}

export interface FunctionNames {
  readonly unqualified: readonly UnqualifiedName[];
  readonly calls: readonly (FunctionUse & Pick<UnqualifiedName, "path">)[];
  readonly implicit: readonly (ImplicitUse & Pick<UnqualifiedName, "path">)[];
  /** The schemas in the body's qualified names that PostgreSQL resolves each time the function runs. */
  readonly schemas: readonly string[];
}

/**
 * The names in a function's body, from its parse tree. Dynamic SQL is not known.
 * @param serverVersion up to PostgreSQL 15 `json` is an ordinary type name; later it is a keyword
 */
export function namesIn(text: FunctionText, serverVersion: number): FunctionNames {
  if (text.isBoundWhenMade || text.source === undefined) {
    const { functions: calls } = referencesOf(text.statements);
    return { unqualified: [], calls, implicit: implicitUsesOf(text.statements), schemas: [] };
  }
  const reader = new NameReader(serverVersion);
  const body = readProcedure(text);
  if (body !== undefined) reader.readBody(body);
  else if (text.statements !== undefined) reader.readStatements(text.statements, text.source);
  return reader.result;
}

class NameReader {
  readonly #hasJsonKeyword: boolean;
  readonly #names = new Map<string, UnqualifiedName>();
  readonly #schemas = new Set<string>();
  readonly #implicit: FunctionNames["implicit"][number][] = [];
  readonly #calls: FunctionNames["calls"][number][] = [];
  /** The paths that may be set at the current position. Undefined: the path that the function runs with. */
  #paths: readonly (readonly string[] | undefined)[] = [undefined];
  /** Temporary tables that the function creates, and whether it does so with IF NOT EXISTS. */
  readonly #made = new Map<string, boolean>();

  constructor(serverVersion: number) {
    this.#hasJsonKeyword = serverVersion >= 160000;
  }

  get result(): FunctionNames {
    const unqualified = [...this.#names.values()].flatMap((found): UnqualifiedName[] => {
      const ifNotThere =
        found.kind === "relation" || found.kind === "temporary" ? this.#made.get(found.name) : undefined;
      if (ifNotThere === undefined) return [found];
      return ifNotThere ? [{ kind: "temporary", name: found.name }] : [];
    });
    return { unqualified, calls: this.#calls, implicit: this.#implicit, schemas: [...this.#schemas] };
  }

  readBody(body: Body): void {
    for (const span of body.types) this.#readDeclaredType(body, span);
    const read = body.statements.map((statement) => ({ statement, sql: sqlOf(body, statement) }));
    // A path set inside a nested statement may or may not be in force afterwards; in a loop it may be in force before
    // that statement, too.
    const perhaps = read.flatMap(({ statement: { place }, sql }) => {
      const path = sql === undefined || place === "main" ? undefined : pathSetBy(sql.statements);
      return path === undefined ? [] : [path === "unknown" ? undefined : path];
    });
    let certain: readonly string[] | undefined;
    for (const { statement, sql } of read) {
      // An error undoes what the block has set.
      this.#paths = [statement.place === "handler" ? undefined : certain, ...perhaps];
      if (sql === undefined) continue;
      this.readStatements(sql.statements, sql.text);
      const path = statement.place === "main" ? pathSetBy(sql.statements) : undefined;
      if (path !== undefined) certain = path === "unknown" ? undefined : path;
    }
  }

  readStatements(statements: readonly Node[], sql: string): void {
    const { relations, functions } = referencesOf(statements);
    const implicit = implicitUsesOf(statements);
    for (const path of this.#paths) {
      this.#calls.push(...functions.map((use) => ({ ...use, ...(path && { path }) })));
      this.#implicit.push(...implicit.map((use) => ({ ...use, ...(path && { path }) })));
    }
    const made = new Set<string>();
    this.#visit(statements, Buffer.from(sql), made);
    for (const { schema, name } of relations) {
      if (schema !== undefined) this.#schemas.add(schema);
      if (schema === "pg_temp") this.#add("temporary", name);
      else if (schema === undefined && !made.has(name)) this.#add("relation", name);
    }
  }

  #readText(sql: string): void {
    this.readStatements(parseStatements(sql), sql);
  }

  #readDeclaredType({ text, tokens }: Body, { from, to }: Span): void {
    const inside = tokens.slice(from, to);
    const copied = inside.findIndex((token) => is(token, "%"));
    if (copied < 0) {
      this.#readType(text.slice(inside[0]?.start, inside.at(-1)?.end));
      return;
    }
    const parts = inside.slice(0, copied).filter((token) => !is(token, "."));
    const ofRow = is(inside[copied + 1], "rowtype");
    // `name%type` copies a variable's type, and `table.column%type` a column's.
    const first = parts[0]?.value ?? "";
    if (parts.length === (ofRow ? 1 : 2)) this.#add("relation", first);
    else if (parts.length === (ofRow ? 2 : 3)) this.#schemas.add(first);
  }

  #readType(written: string): void {
    try {
      this.#readText(`select null::${written}`);
    } catch {
      // It can't be parsed, so nothing is reported about it.
    }
  }

  #visit(value: unknown, sql: Buffer, made: Set<string>): void {
    if (Array.isArray(value)) for (const item of value) this.#visit(item, sql, made);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return;
    for (const [key, inner] of Object.entries(value as Node)) {
      this.#look(key, inner as Node, sql, made);
      this.#visit(inner, sql, made);
    }
  }

  #look(key: string, node: Node, sql: Buffer, made: Set<string>): void {
    if (key === "typeName" || key === "TypeName") this.#lookAtType(node, sql);
    else if (key === "CreateStmt") this.#noteMade(node.relation as Node, node.if_not_exists === true, made);
    else if (key === "CreateTableAsStmt")
      this.#noteMade((node.into as Node).rel as Node, node.if_not_exists === true, made);
    else if (key === "intoClause") this.#noteMade(node.rel as Node, false, made);
    // `'tasks'::regclass` refers to a table by name, and so on.
    else if (key === "TypeCast") this.#lookAtNamed((node.typeName as Node).names, node.arg);
    else if (key === "FuncCall") {
      const names = strings(node.funcname);
      if (names.length === 1) this.#add("function", names[0] ?? "");
      this.#noteSchema(names);
      this.#lookAtNamed(node.funcname, ((node.args ?? []) as unknown[])[0]);
    } else if (key === "A_Expr") this.#lookAtOperator(node.name);
    else if (key === "SubLink") this.#lookAtOperator(node.operName);
  }

  #lookAtType(node: Node, sql: Buffer): void {
    const names = strings(node.names);
    const [name = ""] = names;
    this.#noteSchema(names);
    if (names.length === 1) this.#add("type", name);
    else if (!this.#hasJsonKeyword && names.join(".") === "pg_catalog.json") {
      const at = Number(node.location ?? 0);
      if (/^json/i.test(sql.subarray(at, at + 4).toString())) this.#add("type", "json");
    }
  }

  #lookAtOperator(names: unknown): void {
    const [name, ...more] = strings(names);
    this.#noteSchema(strings(names));
    if (name !== undefined && more.length === 0) this.#add("operator", name);
  }

  #noteSchema(names: readonly string[]): void {
    const schema = names.at(-2);
    if (schema !== undefined) this.#schemas.add(schema);
  }

  /** A constant that a type or function resolves as a name. */
  #lookAtNamed(takenBy: unknown, argument: unknown): void {
    const what = namedBy.get(strings(takenBy).at(-1) ?? "");
    const name = constantOf(argument);
    if (what === undefined || name === undefined || /^[0-9-]*$/.test(name)) return;
    try {
      this.#readText(what === "type" ? `select null::${name}` : `table ${name}`);
    } catch {
      // It can't be parsed, so nothing is reported about it.
    }
  }

  #noteMade(relation: Node | undefined, ifNotThere: boolean, made: Set<string>): void {
    if (relation === undefined) return;
    const name = String(relation.relname);
    made.add(name);
    if (relation.relpersistence !== "t") return;
    this.#made.set(name, ifNotThere && this.#made.get(name) !== false);
    if (ifNotThere) this.#add("temporary", name);
  }

  #add(kind: UnqualifiedName["kind"], name: string): void {
    for (const path of this.#paths)
      this.#names.set(JSON.stringify([kind, name, path]), { kind, name, ...(path && { path }) });
  }
}

/** The SQL that a statement of a body consists of or executes; undefined if it is not known. */
function sqlOf(
  { text, tokens }: Body,
  { from, to, form, isDynamic }: Statement,
): { readonly text: string; readonly statements: readonly Node[] } | undefined {
  const inside = tokens.slice(from, to);
  const [first, last] = [inside[0], inside.at(-1)];
  if (first === undefined) return undefined;
  try {
    const written = text.slice(first.start, last?.end);
    const sql = form === "statement" ? edit(written, findInto(inside), first.start) : written;
    const run = isDynamic ? constantIn(sql) : form === "expression" ? `select ${sql}` : sql;
    return run === undefined ? undefined : { text: run, statements: parseStatements(run) };
  } catch {
    return undefined;
  }
}

/** The text that EXECUTE runs is known if it is a constant. */
function constantIn(expression: string): string | undefined {
  const [statement] = parseStatements(`select ${expression}`);
  const [target] = ((statement?.SelectStmt as Node | undefined)?.targetList ?? []) as Node[];
  return constantOf((target?.ResTarget as Node | undefined)?.val);
}

/** What a constant refers to when it is passed to these types and functions. */
const namedBy: ReadonlyMap<string, "relation" | "type"> = new Map([
  ...["regclass", "to_regclass", "nextval", "currval", "setval", "pg_get_serial_sequence"].map(
    (name) => [name, "relation"] as const,
  ),
  ...["regtype", "to_regtype"].map((name) => [name, "type"] as const),
]);

function constantOf(node: unknown): string | undefined {
  const constant = (node as Node | undefined)?.A_Const as Node | undefined;
  const value = (constant?.sval as Node | undefined)?.sval;
  return value === undefined ? undefined : String(value);
}

function strings(list: unknown): string[] {
  return ((list ?? []) as Node[]).map((item) => String((item.String as Node | undefined)?.sval));
}
