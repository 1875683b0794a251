import { type Node, splitStatements } from "../sql/parser.ts";
import { formatQualified } from "../sql/quote.ts";
import { relationOf } from "./nodes.ts";

export interface Assumptions {
  /** Statements that make what the migration creates anew: schemas, types, tables. They touch nothing that exists. */
  readonly statements: readonly string[];
  /** Whether nothing else in the migration bears on what names exist afterwards. */
  readonly isComplete: boolean;
}

/** Statements that neither make nor take away a name a policy could use. */
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
 * Of ALTER TABLE: what changes how rows are filled in and checked, and no name. (A foreign key is left out of what is tried: it would lock
 * the table it points to.)
 */
const irrelevantChanges = new Set([
  "AT_AddConstraint",
  "AT_DropConstraint",
  "AT_ValidateConstraint",
  "AT_ColumnDefault",
  "AT_SetNotNull",
  "AT_DropNotNull",
]);
/** Of DROP: nothing that a policy names. */
const irrelevantObjects = new Set(["OBJECT_INDEX", "OBJECT_TRIGGER", "OBJECT_POLICY"]);
const creates = new Set(["CreateStmt", "CreateEnumStmt", "CreateSchemaStmt", "CreateDomainStmt", "CompositeTypeStmt"]);

/**
 * What of a pending migration can be tried at preview in a transaction that is rolled back, without a lock on a table that exists:
 * so that policies on a table that the migration makes are checked before anything is applied.
 */
export function assumptionsOf(script: string): Assumptions {
  const made = new Set<string>();
  const statements: string[] = [];
  let isComplete = true;
  for (const { node, text } of splitStatements(script)) {
    const [type = "", body] = Object.entries(node)[0] ?? [];
    const relation = relationName((body as Node | undefined)?.relation as Node | undefined);
    if (creates.has(type)) {
      statements.push(text);
      if (type === "CreateStmt") made.add(relation);
    } else if (type === "AlterTableStmt" && made.has(relation) && !bringsNoName(type, body as Node)) {
      statements.push(text);
    } else if (!bringsNoName(type, body as Node)) isComplete = false;
  }
  return { statements, isComplete };
}

function bringsNoName(type: string, statement: Node): boolean {
  switch (type) {
    case "AlterTableStmt":
      return ((statement.cmds ?? []) as Node[]).every((command) =>
        irrelevantChanges.has(String((command.AlterTableCmd as Node | undefined)?.subtype)),
      );
    case "DropStmt":
      return irrelevantObjects.has(String(statement.removeType));
    case "CreateFunctionStmt":
      return returnsTrigger(statement);
    default:
      return irrelevant.has(type);
  }
}

/** Only a trigger calls such a function. */
function returnsTrigger({ returnType }: Node): boolean {
  const names = ((returnType as Node | undefined)?.names ?? []) as { readonly String?: { readonly sval?: string } }[];
  return ["trigger", "event_trigger"].includes(names.at(-1)?.String?.sval ?? "");
}

function relationName(relation: Node | undefined): string {
  return relation === undefined ? "" : formatQualified(relationOf(relation));
}
