import { printedForm } from "../../access/effects/printed-form.ts";
import { isSameMeaning } from "../../access/effects/same-meaning.ts";
import { constantOf, isSameTree } from "../../access/effects/statement-parts.ts";
import { nameOf } from "../../sql/nodes.ts";
import type { Node } from "../../sql/parser.ts";
import { formatQualified } from "../../sql/quote.ts";

/**
 * Whether two CREATE FUNCTION statements create the same function, in whatever order they list its properties, and
 * whether or not they list those that it has anyway. Bodies that PostgreSQL has parsed (`begin atomic`) are the same
 * only if their text is.
 */
export function isSameDefinition(left: Node, right: Node | undefined): boolean {
  return (
    right !== undefined &&
    isSameTree(left.sql_body, right.sql_body) &&
    isSameMeaning(comparable(left), comparable(right))
  );
}

function comparable({
  replace: _replace,
  funcname,
  options,
  parameters,
  returnType,
  sql_body,
  ...rest
}: Node): unknown {
  const given = ((parameters ?? []) as Node[]).map(({ FunctionParameter }) => parameterForm(FunctionParameter as Node));
  const isParsed = sql_body !== undefined;
  const texts = ((options ?? []) as Node[])
    .map(({ DefElem }) => optionForm(DefElem as Node))
    .filter((option) => !usual.has(option) && !(isParsed && option === languageOfParsed));
  return {
    ...rest,
    name: formatQualified(nameOf(funcname)),
    parameters: given,
    isSet: (returnType as Node | undefined)?.setof === true,
    // The type follows from output parameters.
    returnType: given.some(({ mode }) => mode === "FUNC_PARAM_OUT" || mode === "FUNC_PARAM_INOUT")
      ? undefined
      : typeForm(returnType),
    options: texts.sort(),
  };
}

/** `in` need not be written. */
function parameterForm({ mode, argType, ...rest }: Node): Node {
  return { ...rest, argType: typeForm(argType), mode: mode === "FUNC_PARAM_IN" ? "FUNC_PARAM_DEFAULT" : mode };
}

/** A function's types have no length, and its arrays have any number of dimensions. */
function typeForm(node: unknown): Node | undefined {
  if (node === undefined) return undefined;
  const { typmods: _typmods, arrayBounds, ...type } = node as Node;
  return { ...type, isArray: arrayBounds !== undefined };
}

function optionForm({ defname, arg }: Node): string {
  const setting = ((arg ?? {}) as Node).VariableSetStmt as Node | undefined;
  return JSON.stringify(
    setting === undefined ? { defname, arg: printedForm(arg) } : { defname, ...settingForm(setting) },
  );
}

/** A setting's name has no case, and its values are texts. */
function settingForm({ name, args, ...rest }: Node): Node {
  const values = ((args ?? []) as Node[]).map((value) => textOf(value) ?? printedForm(value));
  return { ...rest, name: String(name).toLowerCase(), values };
}

function textOf(node: Node): string | undefined {
  const decimal = ((node.A_Const as Node | undefined)?.fval as Node | undefined)?.fval;
  const value = decimal ?? constantOf(node);
  return value === undefined || value === null ? undefined : String(value);
}

/** What a function is if its statement does not say so. */
const usual: ReadonlySet<string> = new Set(
  [
    { defname: "volatility", arg: { String: { sval: "volatile" } } },
    { defname: "security", arg: { Boolean: { boolval: false } } },
    { defname: "strict", arg: { Boolean: { boolval: false } } },
    { defname: "leakproof", arg: { Boolean: { boolval: false } } },
    { defname: "parallel", arg: { String: { sval: "unsafe" } } },
    { defname: "cost", arg: { Integer: { ival: 100 } } },
    { defname: "rows", arg: { Integer: { ival: 1000 } } },
  ].map((option) => JSON.stringify(option)),
);

const languageOfParsed = JSON.stringify({ defname: "language", arg: { String: { sval: "sql" } } });
