import { type Item, kinds } from "./item.ts";
import type { DatabaseItems } from "./read-items.ts";

/** The items that each item depends on, by key. */
export type Needs = ReadonlyMap<string, readonly Item[]>;

/** What each item depends on, itself or through one of its parts. */
export function needsOf({ items, dependencies, wholes }: DatabaseItems): Needs {
  const byKey = new Map(items.map((item) => [item.key, item]));
  const wholeOf = (key: string): Item | undefined => {
    const passed = new Set<string>();
    for (let current: string | undefined = key; current !== undefined && !passed.has(current); ) {
      const item = byKey.get(current);
      if (item !== undefined) return item;
      passed.add(current);
      current = wholes.get(current);
    }
    return undefined;
  };
  const needs = new Map<string, Set<Item>>(items.map(({ key }) => [key, new Set()]));
  const add = (item: Item | undefined, key: string) => {
    const needed = wholeOf(key);
    if (item !== undefined && needed !== undefined && needed !== item) needs.get(item.key)?.add(needed);
  };
  for (const [key, needed] of dependencies) {
    const item = wholeOf(key);
    for (const other of needed) add(item, other);
  }
  for (const item of items) for (const key of item.needs ?? []) add(item, key);
  return new Map([...needs].map(([key, found]) => [key, [...found]]));
}

/**
 * Orders by kind, but each item after its dependencies. In a circle, one has to come first; the server then reports
 * which one fails.
 */
export function orderItems(items: readonly Item[], needs: Needs): readonly Item[] {
  const wanted = new Set(items);
  const ordered = new Set<Item>();
  const begun = new Set<Item>();
  const visit = (item: Item): void => {
    if (!wanted.has(item) || begun.has(item)) return;
    begun.add(item);
    for (const needed of inOrder(needs.get(item.key) ?? [])) visit(needed);
    ordered.add(item);
  };
  for (const item of inOrder(items)) visit(item);
  return [...ordered];
}

function inOrder(items: readonly Item[]): readonly Item[] {
  return [...items].sort((left, right) => kinds.indexOf(left.kind) - kinds.indexOf(right.kind));
}
