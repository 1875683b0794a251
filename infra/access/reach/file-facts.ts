import { type BucketCondition, bucketConditionOf } from "./bucket-conditions.ts";
import type { AskedPolicy } from "./extent.ts";
import { askedBy, type ReachFact } from "./fact.ts";

/**
 * What policies on storage.objects allow a role to do with files: one fact for each bucket that policies name, and one
 * for the whole table if a policy names none.
 */
export function fileFacts(
  shared: Omit<ReachFact, "rows" | "policies" | "conditions">,
  policies: readonly AskedPolicy[],
): readonly ReachFact[] {
  const narrowing = policies.filter(({ permissive }) => !permissive);
  const opening = policies
    .filter(({ permissive }) => permissive)
    .map((policy) => ({ policy, condition: bucketsOf(policy) }));
  const anywhere = opening.filter(({ condition }) => condition === undefined).map(({ policy }) => policy);
  const buckets = new Set(opening.flatMap(({ condition }) => condition?.buckets ?? []));
  const inBuckets = [...buckets].sort().map((id): ReachFact => {
    const here = opening.filter(({ condition }) => condition?.buckets.includes(id));
    const isEvery = narrowing.length === 0 && here.some(({ condition }) => condition?.isPlain);
    const asked = [...here.map(({ policy }) => policy), ...anywhere, ...narrowing];
    const object = { kind: "bucket", id } as const;
    return isEvery ? { ...shared, object, rows: "every" } : { ...shared, object, rows: "some", ...askedBy(asked) };
  });
  if (anywhere.length === 0) return inBuckets;
  return [...inBuckets, { ...shared, rows: "some", ...askedBy([...anywhere, ...narrowing]) }];
}

/**
 * Undefined unless every condition names the same buckets: if only one of an update's conditions does, files may be
 * moved into or out of the bucket.
 */
function bucketsOf({ conditions }: AskedPolicy): BucketCondition | undefined {
  const found = conditions.map(bucketConditionOf);
  const [first] = found;
  if (first === undefined) return undefined;
  const named = first.buckets.toSorted().join("\n");
  if (!found.every((each) => each?.buckets.toSorted().join("\n") === named)) return undefined;
  return { buckets: first.buckets, isPlain: found.every((each) => each?.isPlain) };
}
