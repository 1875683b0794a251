import { relationOf } from "../../sql/nodes.ts";
import type { Node } from "../../sql/parser.ts";
import { formatQualified } from "../../sql/quote.ts";
import type { Effect } from "./effect.ts";
import { constantOf, stringsIn } from "./statement-parts.ts";

type StatementEffect =
  | Omit<Extract<Effect, { does: "makes" | "changes" }>, "migration">
  | { does: "drops"; target: Effect["target"] };

/** The effects of a statement on rows of storage.buckets, by bucket id if the statement names it. */
export function bucketEffects(
  type: "InsertStmt" | "UpdateStmt" | "DeleteStmt" | "MergeStmt",
  body: Node,
): readonly StatementEffect[] {
  const { relation, whereClause, targetList, cols, selectStmt, onConflictClause } = body;
  if (formatQualified(relationOf(relation)) !== "storage.buckets") return [];
  if (type === "InsertStmt") return inserted(cols, selectStmt, onConflictClause);
  if (type === "MergeStmt") return merged(body.mergeWhenClauses);
  if (type === "DeleteStmt" && whereClause === undefined) return wholesaleBucketEffects([relation], "drops");
  const ids = whereClause === undefined ? [undefined] : idsIn(whereClause);
  return ids.map((id) => {
    const target = { kind: "bucket", id } as const;
    return type === "DeleteStmt"
      ? { does: "drops", target }
      : { does: "changes", target, values: valuesOf(targetList) };
  });
}

function inserted(columns: unknown, select: unknown, onConflict: unknown): readonly StatementEffect[] {
  const names = ((columns ?? []) as Node[]).map(({ ResTarget }) => String((ResTarget as Node).name));
  const { valuesLists } = ((select as Node | undefined)?.SelectStmt ?? {}) as Node;
  const rows = ((valuesLists ?? []) as Node[]).map(({ List }) => ((List as Node).items ?? []) as Node[]);
  if (rows.length === 0 || names.length === 0) {
    return [{ does: "makes", target: { kind: "bucket", id: undefined }, values: new Map([["", undefined]]) }];
  }
  const { action, targetList } = (onConflict ?? {}) as Node;
  return rows.flatMap((row): StatementEffect[] => {
    const values = new Map(names.map((name, index) => [name, constantOf(row[index])]));
    const id = values.get("id");
    const target = { kind: "bucket", id: typeof id === "string" ? id : undefined } as const;
    const made: StatementEffect = { does: "makes", target, values };
    return action === "ONCONFLICT_UPDATE"
      ? [made, { does: "changes", target, values: valuesOf(targetList, values) }]
      : [made];
  });
}

/** A statement that empties the table, or fills it from another source. */
export function wholesaleBucketEffects(
  relations: readonly unknown[],
  does: "drops" | "makes",
): readonly StatementEffect[] {
  if (!relations.some((relation) => formatQualified(relationOf(relation)) === "storage.buckets")) return [];
  return does === "drops"
    ? [{ does, target: { kind: "bucket", id: undefined, isEvery: true } }]
    : [{ does, target: { kind: "bucket", id: undefined }, values: new Map([["", undefined]]) }];
}

/** The affected rows depend on a join, so they are unknown. */
function merged(clauses: unknown): readonly StatementEffect[] {
  const target = { kind: "bucket", id: undefined } as const;
  return ((clauses ?? []) as Node[]).flatMap(({ MergeWhenClause }): StatementEffect[] => {
    const { commandType, targetList } = MergeWhenClause as Node;
    if (commandType === "CMD_DELETE") return [{ does: "drops", target }];
    if (commandType === "CMD_UPDATE") return [{ does: "changes", target, values: valuesOf(targetList) }];
    return commandType === "CMD_INSERT" ? [{ does: "makes", target, values: new Map([["", undefined]]) }] : [];
  });
}

/** @param excluded the row proposed for insertion, `excluded` in ON CONFLICT */
function valuesOf(targets: unknown, excluded: ReadonlyMap<string, unknown> = new Map()): ReadonlyMap<string, unknown> {
  return new Map(
    ((targets ?? []) as Node[]).map(({ ResTarget }) => {
      const { name, val } = ResTarget as Node;
      const [table, column = ""] = stringsIn(((val as Node | undefined)?.ColumnRef as Node | undefined)?.fields);
      return [String(name), table === "excluded" ? excluded.get(column) : constantOf(val)];
    }),
  );
}

/**
 * The buckets that a condition may select: those that it compares the id or name with, if it does nothing else.
 * Otherwise any bucket.
 */
function idsIn(condition: unknown): readonly (string | undefined)[] {
  const { kind, name, lexpr, rexpr } = (((condition ?? {}) as Node).A_Expr ?? {}) as Node;
  const fields = ((((lexpr ?? {}) as Node).ColumnRef as Node | undefined)?.fields ?? []) as Node[];
  const column = String((fields.at(-1)?.String as Node | undefined)?.sval ?? "");
  const isEquality = (kind === "AEXPR_OP" || kind === "AEXPR_IN") && stringsIn(name).join() === "=";
  if (!isEquality || (column !== "id" && column !== "name")) return [undefined];
  const items = ((rexpr as Node).List as Node | undefined)?.items as Node[] | undefined;
  const values = (items ?? [rexpr]).map(constantOf);
  return values.every((value) => typeof value === "string") ? (values as string[]) : [undefined];
}
