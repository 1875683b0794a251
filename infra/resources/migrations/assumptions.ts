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
]);
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
    } else if (type === "AlterTableStmt" && onlyAddsConstraints(body as Node)) {
      // Constraints bring no name, and a foreign key would lock the table it points to.
    } else if (type === "AlterTableStmt" && made.has(relation)) statements.push(text);
    else if (!irrelevant.has(type)) isComplete = false;
  }
  return { statements, isComplete };
}

function onlyAddsConstraints(statement: Node): boolean {
  const commands = (statement.cmds ?? []) as Node[];
  return commands.every((command) => (command.AlterTableCmd as Node | undefined)?.subtype === "AT_AddConstraint");
}

function relationName(relation: Node | undefined): string {
  return relation === undefined ? "" : formatQualified(relationOf(relation));
}
