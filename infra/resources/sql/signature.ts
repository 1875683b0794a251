import { InputError } from "../../provider/errors.ts";
import { grammarMessage, type Node, parseStatements } from "./parser.ts";
import { formatQualified, type QualifiedName } from "./quote.ts";

export interface FunctionSignature extends QualifiedName {
  readonly isProcedure: boolean;
  /** The types of the arguments that tell overloads apart, as `format_type` prints them under an empty search_path. */
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
    statements = parseStatements(definition);
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
  const parameters = ((create.parameters ?? []) as Node[]).map((parameter) => parameter.FunctionParameter as Node);
  const identifying = parameters.filter(({ mode }) => mode !== "FUNC_PARAM_OUT" && mode !== "FUNC_PARAM_TABLE");
  return {
    schema,
    name,
    isProcedure: create.is_procedure === true,
    argumentTypes: identifying.map((parameter) => typeName(parameter.argType as Node)),
  };
}

/** Names of types that PostgreSQL's grammar rewrites, by what `format_type` prints. */
const printedNames: Readonly<Record<string, string>> = {
  bool: "boolean",
  int2: "smallint",
  int4: "integer",
  int8: "bigint",
  float4: "real",
  float8: "double precision",
  varchar: "character varying",
  bpchar: "character",
  varbit: "bit varying",
  time: "time without time zone",
  timetz: "time with time zone",
  timestamp: "timestamp without time zone",
  timestamptz: "timestamp with time zone",
};

const builtIn = new Set([
  ...Object.keys(printedNames),
  ..."anyarray anycompatible anycompatiblearray anyelement anyenum anyrange bit box bytea char cidr circle cstring date daterange inet".split(
    " ",
  ),
  ..."int4range int8range interval json jsonb jsonpath line lseg macaddr macaddr8 money name numeric numrange oid path pg_lsn point".split(
    " ",
  ),
  ..."polygon record refcursor regclass regnamespace regproc regprocedure regrole regtype text tid tsquery tsrange tstzrange tsvector".split(
    " ",
  ),
  ..."uuid void xid xid8 xml trigger event_trigger".split(" "),
]);

function typeName(type: Node): string {
  const names = strings(type.names);
  const dimensions = type.arrayBounds === undefined ? "" : "[]";
  const last = names.at(-1) ?? "";
  const schema = names.length > 1 ? names.at(-2) : undefined;
  if (schema !== undefined && schema !== "pg_catalog") return formatQualified({ schema, name: last }) + dimensions;
  if (schema === undefined && !builtIn.has(last)) {
    throw new InputError(`the argument's type "${last}" needs its schema, such as public.${last}`);
  }
  return (printedNames[last] ?? (last === "char" ? '"char"' : last)) + dimensions;
}

function strings(list: unknown): string[] {
  return ((list ?? []) as Node[]).map((item) => String((item.String as Node | undefined)?.sval));
}
