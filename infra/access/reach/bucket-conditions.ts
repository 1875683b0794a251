import type { Node } from "../../sql/parser.ts";
import { constantOf, expressionIn, stringsIn } from "../effects/statement-parts.ts";

/** The buckets that a condition on storage.objects is limited to. */
export interface BucketCondition {
  readonly buckets: readonly string[];
  /** Whether it tests nothing else. */
  readonly isPlain: boolean;
}

/** Undefined: the condition may allow files of any bucket. Await `loadParser` first. */
export function bucketConditionOf(condition: string): BucketCondition | undefined {
  return read(expressionIn(condition));
}

function read(expression: unknown): BucketCondition | undefined {
  const { BoolExpr: combined, A_Expr: compared } = (expression ?? {}) as Node;
  if (combined !== undefined) return readCombined(combined as Node);
  return compared === undefined ? undefined : readComparison(compared as Node);
}

function readCombined({ boolop, args }: Node): BucketCondition | undefined {
  const parts = ((args ?? []) as Node[]).map(read);
  if (boolop === "AND_EXPR") {
    const [first, ...more] = parts.filter((part) => part !== undefined);
    if (first === undefined) return undefined;
    return {
      buckets: first.buckets.filter((bucket) => more.every(({ buckets }) => buckets.includes(bucket))),
      isPlain: parts.every((part) => part?.isPlain),
    };
  }
  if (boolop !== "OR_EXPR" || parts.includes(undefined)) return undefined;
  const known = parts.filter((part) => part !== undefined);
  return {
    buckets: [...new Set(known.flatMap(({ buckets }) => buckets))],
    isPlain: known.every(({ isPlain }) => isPlain),
  };
}

/** `bucket_id = 'avatars'`, `bucket_id in ('avatars', 'logos')`, and `bucket_id = any (array['avatars', 'logos'])` */
function readComparison({ kind, name, lexpr, rexpr }: Node): BucketCondition | undefined {
  if (stringsIn(name).join() !== "=") return undefined;
  if (kind === "AEXPR_OP") {
    const constant = isBucketId(lexpr) ? rexpr : isBucketId(rexpr) ? lexpr : undefined;
    return constantsIn([constant]);
  }
  if (!isBucketId(lexpr)) return undefined;
  if (kind === "AEXPR_IN") return constantsIn(((rexpr as Node).List as Node | undefined)?.items);
  const list = withoutCast(rexpr).A_ArrayExpr as Node | undefined;
  return kind === "AEXPR_OP_ANY" && list !== undefined ? constantsIn(list.elements) : undefined;
}

function isBucketId(node: unknown): boolean {
  const { fields } = (withoutCast(node).ColumnRef ?? {}) as Node;
  return stringsIn(fields).at(-1) === "bucket_id";
}

function constantsIn(list: unknown): BucketCondition | undefined {
  const buckets = ((list ?? []) as unknown[]).map((item) => constantOf(withoutCast(item)));
  return buckets.every((bucket) => typeof bucket === "string") ? { buckets, isPlain: true } : undefined;
}

function withoutCast(node: unknown): Node {
  const cast = ((node ?? {}) as Node).TypeCast as Node | undefined;
  return cast === undefined ? ((node ?? {}) as Node) : withoutCast(cast.arg);
}
