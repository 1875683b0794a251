import { readBody } from "../../sql/body/read-body.ts";
import { relationOf } from "../../sql/nodes.ts";
import { type Node, splitStatements } from "../../sql/parser.ts";
import { formatQualified } from "../../sql/quote.ts";
import { readTokens, UnreadableBody } from "../../sql/tokens.ts";

export interface Assumptions {
  /**
   * The statements that create schemas, types, tables, views, sequences and functions. They don't lock existing tables.
   */
  readonly statements: readonly string[];
  /** Whether these statements alone decide which names exist afterwards. */
  readonly isComplete: boolean;
}

/** Statements that neither create nor drop anything that a policy can name. */
const irrelevant = new Set([
  "IndexStmt",
  "CommentStmt",
  "InsertStmt",
  "UpdateStmt",
  "DeleteStmt",
  "SelectStmt",
  "GrantStmt",
  "VariableSetStmt",
  "CreatePolicyStmt",
  "AlterPolicyStmt",
  "CreateTrigStmt",
]);
/**
 * Forms of ALTER TABLE that change defaults and constraints, but no names. Foreign keys are not tried, because they
 * would lock the referenced table.
 */
const irrelevantChanges = new Set([
  "AT_AddConstraint",
  "AT_DropConstraint",
  "AT_ValidateConstraint",
  "AT_ColumnDefault",
  "AT_SetNotNull",
  "AT_DropNotNull",
  "AT_EnableRowSecurity",
  "AT_DisableRowSecurity",
  "AT_ForceRowSecurity",
  "AT_NoForceRowSecurity",
  "AT_ChangeOwner",
]);
/** Objects that can be dropped without affecting a policy. */
const irrelevantObjects = new Set(["OBJECT_INDEX", "OBJECT_TRIGGER", "OBJECT_POLICY"]);
const creates = new Set([
  "CreateStmt",
  "CreateEnumStmt",
  "CreateSchemaStmt",
  "CreateDomainStmt",
  "CompositeTypeStmt",
  "CreateFunctionStmt",
  "CreateSeqStmt",
]);

/**
 * Finds the statements of a pending migration that a preview can run in a transaction that is rolled back, without locking an existing
 * table. With them, policies on a table that the migration creates are checked before anything is applied.
 */
export function assumptionsOf(script: string): Assumptions {
  const made = new Set<string>();
  const statements: string[] = [];
  let isComplete = true;
  for (const { node, text } of splitStatements(script)) {
    const [type = "", body] = Object.entries(node)[0] ?? [];
    const relation = relationName((body as Node | undefined)?.relation as Node | undefined);
    if (type === "ViewStmt" || isSequenceOfColumn(type, body as Node)) {
      // It is tried, but may need a column that the migration adds to an existing table.
      statements.push(withoutReplace(text));
      isComplete = false;
    } else if (creates.has(type)) {
      statements.push(text);
      if (type === "CreateStmt") made.add(relation);
      // A parsed body may read a column that the migration adds to an existing table; then it can't be tried.
      if (JSON.stringify((body as Node).sql_body ?? null).includes('"RangeVar"')) isComplete = false;
    } else if (type === "AlterTableStmt" && made.has(relation) && !bringsNoName(type, body as Node)) {
      statements.push(text);
    } else if (!bringsNoName(type, body as Node)) isComplete = false;
  }
  return { statements, isComplete };
}

/** Without OR REPLACE: replacing an existing object would lock it, and its name exists already. */
function withoutReplace(text: string): string {
  const [create, or, replace] = readTokens(text);
  return create?.value === "create" && or?.value === "or" && replace !== undefined
    ? `create${text.slice(replace.end)}`
    : text;
}

function isSequenceOfColumn(type: string, { options }: Node): boolean {
  return (
    type === "CreateSeqStmt" &&
    ((options ?? []) as Node[]).some(({ DefElem }) => (DefElem as Node | undefined)?.defname === "owned_by")
  );
}

function bringsNoName(type: string, statement: Node): boolean {
  switch (type) {
    case "AlterTableStmt":
      return ((statement.cmds ?? []) as Node[]).every((command) =>
        irrelevantChanges.has(String((command.AlterTableCmd as Node | undefined)?.subtype)),
      );
    case "DropStmt":
      return irrelevantObjects.has(String(statement.removeType));
    case "DoStmt":
      return changesOnlyRows(statement);
    default:
      return irrelevant.has(type);
  }
}

/** Whether a PL/pgSQL block only reads and writes rows, and runs no statement that could create or drop anything. */
function changesOnlyRows({ args }: Node): boolean {
  const options = ((args ?? []) as { readonly DefElem?: { readonly defname?: string; readonly arg?: Node } }[]).map(
    ({ DefElem: { defname, arg } = {} }) => [defname, (arg?.String as Node | undefined)?.sval] as const,
  );
  const { as: text, language = "plpgsql" } = Object.fromEntries(options) as { as?: unknown; language?: unknown };
  if (typeof text !== "string" || language !== "plpgsql") return false;
  try {
    const { changesSchema, runsUnknown } = readBody(text, []);
    return !changesSchema && !runsUnknown;
  } catch (error) {
    if (error instanceof UnreadableBody) return false;
    throw error;
  }
}

function relationName(relation: Node | undefined): string {
  return relation === undefined ? "" : formatQualified(relationOf(relation));
}
