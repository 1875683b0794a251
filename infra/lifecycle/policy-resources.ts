import { formatQualified, type QualifiedName } from "../sql/quote.ts";
import type { DeclaredPolicies, Kind } from "./kind.ts";
import type { Operation } from "./operation.ts";

/** A resource, in the program or not, that may declare a policy: the policy's own, or that of its table. */
export interface DeclaringResource {
  readonly kind: Kind;
  readonly id: string;
  readonly policies: DeclaredPolicies;
}

/** The resources that may declare the policy, its own before its table's. */
export function policyResources(
  { options }: Pick<Operation, "options">,
  { table, name }: { readonly table: QualifiedName; readonly name: string },
): readonly DeclaringResource[] {
  return options.kinds
    .flatMap((kind) => {
      const { policies } = kind;
      return policies === undefined ? [] : [{ kind, policies, id: policies.idFor(formatQualified(table), name) }];
    })
    .sort((left, right) => Number(left.policies.areWholeTable) - Number(right.policies.areWholeTable));
}

/** The resource that may declare all policies of the table. */
export function wholeTableResources(operation: Pick<Operation, "options">, table: QualifiedName) {
  return policyResources(operation, { table, name: "" }).filter(({ policies }) => policies.areWholeTable);
}

/** Whether the stack has a resource, or had one until now, of one of these kinds and ids. */
export function isOfStack(
  resources: readonly { readonly kind: Pick<Kind, "name">; readonly id: string }[],
  { declarations, managed }: Pick<Operation, "declarations" | "managed">,
): boolean {
  return resources.some(({ kind, id }) => declarations.find(kind.name, id) !== undefined || managed.has(kind.name, id));
}
