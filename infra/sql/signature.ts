import { InputError } from "../errors/errors.ts";
import { formatName, formatReference } from "./names.ts";
import { grammarMessage, type Node, parseStatements } from "./parser.ts";
import { longestName, parseQualified, type QualifiedName, quoteQualified } from "./quote.ts";

export interface FunctionSignature extends QualifiedName {
  readonly isProcedure: boolean;
  /** The argument types that tell overloads apart, as written by `formatType`. */
  readonly argumentTypes: readonly string[];
}

/**
 * The function that a CREATE FUNCTION statement creates.
 * @throws {InputError} if the text is not exactly one CREATE FUNCTION or CREATE PROCEDURE with a schema
 * @see https://www.postgresql.org/docs/current/sql-createfunction.html
 */
export function readSignature(definition: string): FunctionSignature {
  let statements: Node[];
  try {
    statements = definition.trim() === "" ? [] : parseStatements(definition);
  } catch (error) {
    throw new InputError(grammarMessage(error));
  }
  const create = statements.length === 1 ? (statements[0]?.CreateFunctionStmt as Node | undefined) : undefined;
  if (!create) throw new InputError("it must hold exactly one CREATE FUNCTION or CREATE PROCEDURE statement");
  const names = strings(create.funcname);
  const [schema, name] = names;
  if (names.length !== 2 || schema === undefined || name === undefined) {
    throw new InputError(
      `the function's name needs its schema: private.${names.at(-1) ?? "name"}, not ${names.join(".")}`,
    );
  }
  const cut = names.find((part) => isCut(part, definition));
  if (cut !== undefined) {
    throw new InputError(
      `the name that begins with "${cut}" is longer than ${longestName} bytes; PostgreSQL would cut off the rest`,
    );
  }
  return {
    schema,
    name,
    isProcedure: create.is_procedure === true,
    argumentTypes: identifyingParameters(create).map((parameter) => typeName(parameter.argType as Node)),
  };
}

/** A function in an id. */
export interface NamedRoutine {
  readonly schema: string | undefined;
  readonly name: string;
  /** As written by `formatType`; a user-defined type may be qualified or not. Undefined: the id has no types. */
  readonly types: readonly string[] | undefined;
}

/**
 * Parses `private.f(text, at timestamptz)`, including the defaults and the result that psql prints; undefined if the
 * text is not a function's name. Await `loadParser` first.
 * @param isKnown whether its types exist, and may be named without their schema
 */
export function readRoutineName(text: string, isKnown = true): NamedRoutine | undefined {
  const [object, ...more] = ((statementOf(`drop routine ${text}`)?.DropStmt as Node | undefined)?.objects ??
    []) as Node[];
  if (object === undefined) return readCreatedRoutine(text, isKnown);
  if (more.length > 0) return undefined;
  const routine = object.ObjectWithArgs as Node;
  const types = ((routine.objargs ?? []) as Node[]).map((type) => typeName(type.TypeName as Node, isKnown));
  return namedRoutine(routine.objname, routine.args_unspecified === true ? undefined : types);
}

/** DROP allows no defaults and no result type: `public.total(a integer, b text DEFAULT 'x'::text) RETURNS integer`. */
function readCreatedRoutine(text: string, isKnown: boolean): NamedRoutine | undefined {
  const create = ["", "returns void"]
    .map((result) => statementOf(`create function ${text} ${result} language sql as ''`)?.CreateFunctionStmt)
    .find((found) => found !== undefined) as Node | undefined;
  if (create === undefined) return undefined;
  const types = identifyingParameters(create).map((parameter) => typeName(parameter.argType as Node, isKnown));
  return namedRoutine(create.funcname, types);
}

function namedRoutine(names: unknown, types: readonly string[] | undefined): NamedRoutine | undefined {
  const [name, schema, ...rest] = strings(names).reverse();
  return name === undefined || rest.length > 0 ? undefined : { schema, name, types };
}

/** The only statement of a text; undefined if there is none, or several. */
function statementOf(sql: string): Node | undefined {
  try {
    const [statement, ...more] = parseStatements(sql);
    return more.length > 0 ? undefined : statement;
  } catch {
    return undefined;
  }
}

function identifyingParameters({ parameters }: Node): readonly Node[] {
  return ((parameters ?? []) as Node[])
    .map((parameter) => parameter.FunctionParameter as Node)
    .filter(({ mode }) => mode !== "FUNC_PARAM_OUT" && mode !== "FUNC_PARAM_TABLE");
}

/**
 * Parses `public.total(text, int)`, which refers to an existing function in a program.
 * @returns the reason if the text is not a function's name
 */
export function readRoutine(text: string): Omit<FunctionSignature, "isProcedure"> | string {
  let named: NamedRoutine | undefined;
  try {
    // In an id, a keyword needs no quotes.
    named = readRoutineName(text, false) ?? readRoutineName(quoteIfSignature(text), false);
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
  const { schema, name, types } = named ?? {};
  if (name === undefined) return `"${text}" is no function; it looks like public.total(text, integer)`;
  if (schema === undefined) return `the function's name needs its schema: public.${text.trim()}`;
  if (types === undefined)
    return `"${text}" lacks the types of its arguments: write ${text.trim()}(), or ${text.trim()}(text)`;
  const cut = [schema, name].find((part) => isCut(part, text));
  if (cut !== undefined)
    return `the name that begins with "${cut}" is longer than ${longestName} bytes; PostgreSQL would cut off the rest`;
  return { schema, name, argumentTypes: types };
}

/** Splits a signature, such as `private.is_member(text)`. @throws {InputError} if the text is not a signature */
export function splitSignature(signature: string): { schema: string; name: string; argumentTypes: string } {
  const match = /^(?:"((?:[^"]|"")*)"|([^".(]+))\.(?:"((?:[^"]|"")*)"|([^".(]+))\((.*)\)$/su.exec(signature);
  const schema = match?.[1]?.replaceAll('""', '"') ?? match?.[2];
  const name = match?.[3]?.replaceAll('""', '"') ?? match?.[4];
  if (schema === undefined || name === undefined) {
    throw new InputError(`"${signature}" is no function's id; it looks like private.is_member(text)`);
  }
  return { schema, name, argumentTypes: match?.[5] ?? "" };
}

function quoteIfSignature(text: string): string {
  try {
    return quoteSignature(text);
  } catch {
    return text;
  }
}

/** The signature in SQL; its types are quoted already. */
export function quoteSignature(signature: string): string {
  const { schema, name, argumentTypes } = splitSignature(signature);
  return `${quoteQualified({ schema, name })}(${argumentTypes})`;
}

/** A type by its catalog name; for an array, by its element type. */
interface TypeName extends QualifiedName {
  readonly isArray: boolean;
}

/** The same text for any server and any spelling: `integer`, `text[]`, `public."Role"`. */
function formatType({ schema, name, isArray }: TypeName): string {
  const isPlain = schema === "pg_catalog" && isBuiltIn(name);
  return (isPlain ? (printedNames.get(name) ?? name) : formatReference({ schema, name })) + (isArray ? "[]" : "");
}

/**
 * Converts the output of `format_type` with an empty search_path to our quoting: the server's depends on its version's
 * reserved words.
 */
export function readPrintedType(printed: string): string {
  // Only user-defined types are qualified, and no built-in type's name contains a dot.
  if (!printed.includes(".")) return printed;
  const isArray = printed.endsWith("[]");
  return formatType({ ...parseQualified(isArray ? printed.slice(0, -2) : printed), isArray });
}

/** An argument's type in a statement. An unqualified one is taken to be in `public`. Undefined for %TYPE. */
export function formatArgumentType(type: Node): string | undefined {
  if (type.pct_type === true) return undefined;
  const names = strings(type.names);
  const isUnqualified = names.length === 1 && !isBuiltIn((names[0] ?? "").replace(/^_/, ""));
  return typeName(
    isUnqualified ? { ...type, names: [{ String: { sval: "public" } }, ...(type.names as Node[])] } : type,
  );
}

/** Built-in types that PostgreSQL prints by a name other than the catalog's. */
const printedNames: ReadonlyMap<string, string> = new Map(
  Object.entries({
    any: '"any"',
    bool: "boolean",
    bpchar: "character",
    char: '"char"',
    float4: "real",
    float8: "double precision",
    int2: "smallint",
    int4: "integer",
    int8: "bigint",
    time: "time without time zone",
    timestamp: "timestamp without time zone",
    timestamptz: "timestamp with time zone",
    timetz: "time with time zone",
    varbit: "bit varying",
    varchar: "character varying",
  }),
);

/** The other built-in types, which need no schema. @see https://www.postgresql.org/docs/current/datatype.html */
const builtIn = new Set(
  (
    "aclitem anyarray anycompatible anycompatiblearray anycompatiblemultirange anycompatiblenonarray anycompatiblerange anyelement anyenum " +
    "anymultirange anynonarray anyrange bit box bytea cid cidr circle cstring date datemultirange daterange event_trigger fdw_handler gtsvector " +
    "index_am_handler inet int2vector int4multirange int4range int8multirange int8range internal interval json jsonb jsonpath language_handler " +
    "line lseg macaddr macaddr8 money name numeric nummultirange numrange oid oidvector path pg_lsn pg_snapshot point polygon record refcursor " +
    "regclass regcollation regconfig regdictionary regnamespace regoper regoperator regproc regprocedure regrole regtype table_am_handler text " +
    "tid trigger tsm_handler tsmultirange tsquery tsrange tstzmultirange tstzrange tsvector txid_snapshot unknown uuid void xid xid8 xml"
  ).split(" "),
);

/** @param isKnown whether the type exists, and may be named without its schema */
function typeName(type: Node, isKnown = false): string {
  const names = strings(type.names);
  if (type.pct_type === true) {
    throw new InputError(
      `an argument's type is written as a column's, ${names.join(".")}%TYPE. PostgreSQL keeps only the type that the column has now; write that type`,
    );
  }
  const name = names.at(-1) ?? "";
  const schema = names.length > 1 ? names.at(-2) : undefined;
  const isCatalog = schema === undefined || schema === "pg_catalog";
  // In the catalog, the name of an array type is an underscore and the element type's name.
  const element = isCatalog && name.startsWith("_") && isBuiltIn(name.slice(1)) ? name.slice(1) : undefined;
  const isArray = element !== undefined || type.arrayBounds !== undefined;
  if (schema === undefined && element === undefined && !isBuiltIn(name)) {
    if (isKnown) return formatName(name) + (isArray ? "[]" : "");
    throw new InputError(`the argument's type "${name}" needs its schema, such as public.${name}`);
  }
  return formatType({
    schema: schema ?? "pg_catalog",
    name: element ?? name,
    isArray,
  });
}

/**
 * Like the server, the grammar truncates names. If the text continues after a name of maximum length, the name was
 * truncated.
 */
function isCut(name: string, definition: string): boolean {
  // The last character that still fits may take up to four bytes.
  if (Buffer.byteLength(name) <= longestName - 4) return false;
  const written = name.replaceAll('"', '""');
  const text = definition.toLowerCase();
  const at = text.indexOf(written.toLowerCase());
  const next = text.slice(at + written.length);
  const isQuoted = at > 0 && text[at - 1] === '"';
  return at >= 0 && (isQuoted ? !/^"(?!")/.test(next) : /^[\p{L}\p{N}_$]/u.test(next));
}

/** Whether it is the name of a type in `pg_catalog`. */
export function isBuiltIn(name: string): boolean {
  return builtIn.has(name) || printedNames.has(name);
}

function strings(list: unknown): string[] {
  return ((list ?? []) as Node[]).map((item) => String((item.String as Node | undefined)?.sval));
}
