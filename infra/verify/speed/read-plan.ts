import { nodesOf } from "../../sql/nodes.ts";
import { type Node, parseStatements } from "../../sql/parser.ts";

/** A scan of a table in the output of EXPLAIN (VERBOSE, FORMAT JSON). */
export interface Scan {
  readonly schema: string;
  readonly table: string;
  /** Whether it reads the whole table because no index starts with a column of the condition. */
  readonly isWhole: boolean;
  /** The condition checked on each row. Undefined: none, or none that can be parsed. */
  readonly filter?: Node;
  /** Whether it is part of a sub-select. */
  readonly isInner: boolean;
}

interface PlanNode {
  readonly "Node Type": string;
  readonly "Parent Relationship"?: string;
  readonly Schema?: string;
  readonly "Relation Name"?: string;
  readonly Filter?: string;
  readonly "Index Name"?: string;
  readonly "Index Cond"?: string;
  readonly "Recheck Cond"?: string;
  readonly Plans?: readonly PlanNode[];
}

/** The first column of an index. Undefined: an expression. */
export type LeadingColumn = (schema: string, index: string) => string | undefined;

/** @param text the JSON output of EXPLAIN */
export function readScans(text: string, leading: LeadingColumn): readonly Scan[] {
  const [top] = JSON.parse(text) as readonly { readonly Plan: PlanNode }[];
  return top === undefined ? [] : scansOf(top.Plan, leading, false);
}

function scansOf(node: PlanNode, leading: LeadingColumn, isInner: boolean): readonly Scan[] {
  const inner = (node.Plans ?? []).flatMap((child) =>
    scansOf(child, leading, isInner || ["InitPlan", "SubPlan"].includes(child["Parent Relationship"] ?? "")),
  );
  const { Schema: schema, "Relation Name": table } = node;
  if (schema === undefined || table === undefined || !node["Node Type"].endsWith("Scan")) return inner;
  const isWhole = readsAll(node, schema, leading);
  // A condition that the index does not support is checked on each row.
  const asked = [node.Filter, ...(isWhole ? [node["Index Cond"], node["Recheck Cond"]] : [])];
  const filter = parseFilter(asked.filter((each) => each !== undefined).join(" and "));
  return [{ schema, table, isWhole, isInner, ...(filter === undefined ? {} : { filter }) }, ...inner];
}

/** An index scan without a condition on the first column reads the whole index. */
function readsAll(node: PlanNode, schema: string, leading: LeadingColumn): boolean {
  const type = node["Node Type"];
  if (type === "Seq Scan") return true;
  if (type.startsWith("Bitmap") && node["Index Name"] === undefined)
    return (node.Plans ?? []).some((child) => readsAll(child, schema, leading));
  const [index, condition] = [node["Index Name"], node["Index Cond"]];
  if (index === undefined) return false;
  const first = leading(schema, index);
  return (
    condition === undefined ||
    (first !== undefined && !nodesOf(parseFilter(condition), "ColumnRef").map(columnName).includes(first))
  );
}

/** The column's unqualified name: the last part of `t.org`. */
export function columnName({ fields }: Node): string | undefined {
  const last = ((fields ?? []) as Node[]).at(-1);
  return (last?.String as Node | undefined)?.sval as string | undefined;
}

/** The stand-in, in a parsed filter, for a sub-select that runs for each row. */
export const subPlan = "palisade_sub_plan";

/**
 * Since PostgreSQL 17, plans contain forms that are not valid SQL: `(InitPlan 1).col1`, `ANY (a = (hashed SubPlan
 * 2).col1)`.
 */
function parseFilter(filter: string): Node | undefined {
  if (filter === "") return undefined;
  const text = filter
    .replaceAll(/\(InitPlan \d+\)\.col\d+/g, "null")
    .replaceAll(/\((?:hashed )?SubPlan \d+\)(?:\.col\d+)?/g, `${subPlan}()`)
    .replaceAll(/EXISTS\(SubPlan \d+\)/g, `${subPlan}()`)
    .replaceAll(/(?<![=<>~!*@&|] )\b(?:ANY|ALL) \(/g, `${subPlan}(`);
  try {
    const [statement] = parseStatements(`select ${text}`);
    const [target] = ((statement?.SelectStmt as Node | undefined)?.targetList ?? []) as Node[];
    return (target?.ResTarget as Node | undefined)?.val as Node | undefined;
  } catch {
    return undefined;
  }
}
