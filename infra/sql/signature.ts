import { InputError } from "../errors/errors.ts";
import { formatName, formatReference } from "./names.ts";
import { grammarMessage, type Node, parseStatements } from "./parser.ts";
import { longestName, parseQualified, type QualifiedName, quoteQualified } from "./quote.ts";

export interface FunctionSignature extends QualifiedName {
  readonly isProcedure: boolean;
  /** The types of the arguments that tell overloads apart, as `formatType` writes them. */
  readonly argumentTypes: readonly string[];
}

/**
 * Reads which function a CREATE FUNCTION statement makes.
 * @throws {InputError} when the text is not exactly one CREATE FUNCTION or CREATE PROCEDURE with a schema
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

/** A function as an id names it. */
export interface NamedRoutine {
  readonly schema: string | undefined;
  readonly name: string;
  /** As `formatType` writes them, a type of somebody's with or without its schema; undefined: none are given. */
  readonly types: readonly string[] | undefined;
}

/** Reads `private.f(text, at timestamptz)`, with the defaults and the result that psql prints; undefined where the text is no function's name. `loadParser` must have been awaited. @param isKnown whether its types exist, and may be named without their schema */
export function readRoutineName(text: string, isKnown = true): NamedRoutine | undefined {
  const [object, ...more] = ((statementOf(`drop routine ${text}`)?.DropStmt as Node | undefined)?.objects ??
    []) as Node[];
  if (object === undefined) return readCreatedRoutine(text, isKnown);
  if (more.length > 0) return undefined;
  const routine = object.ObjectWithArgs as Node;
  const types = ((routine.objargs ?? []) as Node[]).map((type) => typeName(type.TypeName as Node, isKnown));
  return namedRoutine(routine.objname, routine.args_unspecified === true ? undefined : types);
}

/** DROP takes no defaults, and no result: `public.total(a integer, b text DEFAULT 'x'::text) RETURNS integer`. */
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

/** The one statement of a text; undefined where it is none, or several. */
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

/** Reads `public.total(text, int)`, as a program names a function that is there. @returns why the text names none */
export function readRoutine(text: string): Omit<FunctionSignature, "isProcedure"> | string {
  let named: NamedRoutine | undefined;
  try {
    // A keyword needs no quotes in an id.
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

/**
 * A signature, such as `private.is_member(text)`, taken apart.
 * @throws {InputError} when the text is none
 */
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

/** The signature as SQL; the types in it are quoted already. */
export function quoteSignature(signature: string): string {
  const { schema, name, argumentTypes } = splitSignature(signature);
  return `${quoteQualified({ schema, name })}(${argumentTypes})`;
}

/** A type as the catalog names it: an array by the type of its elements. */
interface TypeName extends QualifiedName {
  readonly isArray: boolean;
}

/** The same text whichever server printed the type and however somebody wrote it: `integer`, `text[]`, `public."Role"`. */
function formatType({ schema, name, isArray }: TypeName): string {
  const isPlain = schema === "pg_catalog" && isBuiltIn(name);
  return (isPlain ? (printedNames.get(name) ?? name) : formatReference({ schema, name })) + (isArray ? "[]" : "");
}

/** What `format_type` prints under an empty search_path, in our quotes: the server's depend on the words that its version reserves. */
export function readPrintedType(printed: string): string {
  // Only a type of somebody's has its schema, and no built-in type has a dot in its name.
  if (!printed.includes(".")) return printed;
  const isArray = printed.endsWith("[]");
  return formatType({ ...parseQualified(isArray ? printed.slice(0, -2) : printed), isArray });
}

/** An argument's type as a statement writes it, one without a schema taken from `public`; undefined where only a column says what it is. */
export function formatArgumentType(type: Node): string | undefined {
  if (type.pct_type === true) return undefined;
  const names = strings(type.names);
  const isUnqualified = names.length === 1 && !isBuiltIn((names[0] ?? "").replace(/^_/, ""));
  return typeName(
    isUnqualified ? { ...type, names: [{ String: { sval: "public" } }, ...(type.names as Node[])] } : type,
  );
}

/** Built-in types that PostgreSQL prints by another name than the catalog's. */
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

/** @param isKnown whether the type is one that exists, and may be named without its schema */
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
  // The catalog's own name of an array type is an underscore and the name of its elements' type.
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

/** The grammar cuts names off as the server does; where the text goes on after one that is as long as can be, it was cut. */
function isCut(name: string, definition: string): boolean {
  // The last letter that still fits may take up to four bytes.
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
