import { bucketConditionOf } from "./bucket-conditions.ts";
import type { AskedPolicy } from "./extent.ts";
import { askedBy, type ReachFact } from "./fact.ts";

/**
 * What policies on storage.objects let a role do with files, in terms of buckets where they name them: a fact for each bucket, and one for
 * the table where a policy names none.
 */
export function fileFacts(
  shared: Omit<ReachFact, "rows" | "policies" | "conditions">,
  policies: readonly AskedPolicy[],
): readonly ReachFact[] {
  const narrowing = policies.filter(({ permissive }) => !permissive);
  const opening = policies
    .filter(({ permissive }) => permissive)
    .map((policy) => ({ policy, condition: bucketConditionOf(policy.conditions[0] ?? "") }));
  const anywhere = opening.filter(({ condition }) => condition === undefined).map(({ policy }) => policy);
  const buckets = new Set(opening.flatMap(({ condition }) => condition?.buckets ?? []));
  const inBuckets = [...buckets].sort().map((id): ReachFact => {
    const here = opening.filter(({ condition }) => condition?.buckets.includes(id));
    const isEvery =
      narrowing.length === 0 &&
      here.some(({ policy }) =>
        policy.conditions.every((text) => text === "true" || (bucketConditionOf(text)?.isPlain ?? false)),
      );
    const asked = [...here.map(({ policy }) => policy), ...anywhere, ...narrowing];
    const object = { kind: "bucket", id } as const;
    return isEvery ? { ...shared, object, rows: "every" } : { ...shared, object, rows: "some", ...askedBy(asked) };
  });
  if (anywhere.length === 0) return inBuckets;
  return [...inBuckets, { ...shared, rows: "some", ...askedBy([...anywhere, ...narrowing]) }];
}
