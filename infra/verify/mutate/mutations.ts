import type { Reachable, Relation } from "../../access/reach/reachable.ts";
import { isMadeByPlatform } from "../../sql/platform-schemas.ts";
import { formatQualified } from "../../sql/quote.ts";
import { isSame } from "../rows/outlines.ts";
import type { SchemaFacts, TableFacts } from "../rows/schema-facts.ts";
import { functionMutations } from "./function-mutations.ts";
import type { Helper } from "./helpers.ts";
import type { Mutation } from "./mutation.ts";
import { policyMutations } from "./policy-mutations.ts";
import { flagMutations, privilegeMutations } from "./privilege-mutations.ts";
import type { Vocabulary } from "./text-mutations.ts";

export interface Mutated {
  readonly mutations: readonly Mutation[];
  /** The objects that could not be mutated, and why. */
  readonly unread: readonly { readonly object: string; readonly reason: string }[];
}

/**
 * Every mutation of what decides access in the project's own schemas, and of the project's policies on the platform's
 * tables.
 */
export function mutationsOf(
  reachable: Reachable,
  {
    facts,
    helpers,
    roles,
  }: { readonly facts: SchemaFacts; readonly helpers: readonly Helper[]; readonly roles: readonly string[] },
): Mutated {
  const unread: { object: string; reason: string }[] = [];
  const reading = (object: string, read: () => readonly Mutation[]) => {
    try {
      return read();
    } catch (error) {
      unread.push({ object, reason: error instanceof Error ? error.message : String(error) });
      return [];
    }
  };
  const vocabulary = vocabularyOf(reachable, facts, helpers, roles);
  const relations = [...reachable.relations.values()].filter(({ isExtension }) => !isExtension);
  const mutations = [
    ...relations.flatMap((relation) =>
      relation.policies.flatMap((policy) =>
        reading(`policy ${policy.name} of ${formatQualified(relation)}`, () =>
          policyMutations(relation, policy, reachable, vocabulary),
        ),
      ),
    ),
    ...relations
      .filter(isOwn)
      .flatMap((relation) => [...flagMutations(relation, reachable), ...privilegeMutations(relation, reachable)]),
    ...helpers.flatMap((helper) =>
      reading(`function ${helper.called.signature}`, () => functionMutations(helper, reachable, vocabulary)),
    ),
  ];
  return { mutations: withOwnNames(mutations), unread };
}

function isOwn({ schema, kind }: Relation): boolean {
  return !isMadeByPlatform(schema) && ["r", "p", "v"].includes(kind);
}

/** Numbers mutations with the same name, which come from equal parts of one text. */
function withOwnNames(mutations: readonly Mutation[]): readonly Mutation[] {
  const counts = new Map<string, number>();
  return mutations.map((mutation) => {
    const count = (counts.get(mutation.name) ?? 0) + 1;
    counts.set(mutation.name, count);
    return count === 1 ? mutation : { ...mutation, name: `${mutation.name} (${count})` };
  });
}

function vocabularyOf(
  { buckets = [] }: Reachable,
  { tables, types }: SchemaFacts,
  helpers: readonly Helper[],
  roles: readonly string[],
): Vocabulary {
  const groups = [roles, buckets.map(({ id }) => id), ...[...types.values()].map(({ labels }) => labels)];
  return {
    columnsLike: (table, column) =>
      columnsLike(
        tables.find((each) => isSame(each, table)),
        column,
      ),
    functionsLike: (schema = "public", name, count) => {
      const own = helpers.find(
        ({ called, argumentTypes }) => isSame(called, { schema, name }) && argumentTypes.length === count,
      );
      const like = helpers.filter(
        (each) =>
          each !== own && each.returns === own?.returns && each.argumentTypes.join() === own.argumentTypes.join(),
      );
      return like.map(({ called }) => `${called.schema}.${called.name}`);
    },
    valuesLike: (value) => {
      const group = groups.find((values) => values.includes(value));
      return group === undefined ? [`${value}x`] : group.filter((other) => other !== value);
    },
  };
}

/** Other columns of keys and foreign keys, which identify a row or its owner. */
function columnsLike(table: TableFacts | undefined, column: string): readonly string[] {
  const type = table?.columns.find(({ name }) => name === column)?.typeText;
  if (table === undefined || type === undefined) return [];
  const keys = [...table.foreignKeys, ...table.keys.filter(({ isPrimary }) => isPrimary)].flatMap(
    ({ columns }) => columns,
  );
  return table.columns
    .filter(({ name, typeText }) => name !== column && typeText === type && keys.includes(name))
    .map(({ name }) => name);
}
