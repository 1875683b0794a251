/**
 * The certainty that one resource needs another: `told` by the program (`dependsOn`, a parent, an output of the other),
 * `needed` when it is created, needed `later` when it runs, or only `likely`. If edges form a circle, the less certain
 * ones are dropped.
 */
const strengths = ["told", "needed", "later", "likely"] as const;
export type Strength = (typeof strengths)[number];

export interface Edge<Node> {
  readonly from: Node;
  /** The node that comes before `from`. */
  readonly to: Node;
  readonly strength: Strength;
}

/**
 * Chooses the predecessors of each node, without circles. The result does not depend on the order of the edges.
 * @param keyOf a key for each node that is the same in every run
 */
export function chooseOrder<Node>(
  edges: readonly Edge<Node>[],
  keyOf: (node: Node) => string,
): ReadonlyMap<Node, ReadonlySet<Node>> {
  const component = componentsOf(edges);
  const chosen = new Map<Node, Set<Node>>();
  const choose = ({ from, to }: Edge<Node>) => chosen.set(from, (chosen.get(from) ?? new Set<Node>()).add(to));
  const inCircles: Edge<Node>[] = [];
  for (const edge of edges) {
    if (edge.from === edge.to) continue;
    // An edge between two components can't close a circle. Edges that the program itself states are always kept.
    if (edge.strength === "told" || component.get(edge.from) !== component.get(edge.to)) choose(edge);
    else inCircles.push(edge);
  }
  const rank = ({ from, to, strength }: Edge<Node>) => [String(strengths.indexOf(strength)), keyOf(from), keyOf(to)];
  for (const edge of inCircles
    .map((edge) => ({ edge, rank: rank(edge) }))
    .sort((left, right) => compare(left.rank, right.rank))) {
    if (!reaches(chosen, edge.edge.to, edge.edge.from)) choose(edge.edge);
  }
  return chosen;
}

function compare(left: readonly string[], right: readonly string[]): number {
  const index = left.findIndex((part, place) => part !== right[place]);
  if (index < 0) return 0;
  return (left[index] ?? "") < (right[index] ?? "") ? -1 : 1;
}

function reaches<Node>(chosen: ReadonlyMap<Node, ReadonlySet<Node>>, from: Node, to: Node): boolean {
  const seen = new Set<Node>([from]);
  const open = [from];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (node === to) return true;
    for (const next of chosen.get(node) ?? []) {
      if (seen.has(next)) continue;
      seen.add(next);
      open.push(next);
    }
  }
  return false;
}

/**
 * The strongly connected components: a number for each node, equal for nodes that reach each other. Without recursion, because a program
 * may have chains of thousands of resources.
 * @see https://en.wikipedia.org/wiki/Kosaraju%27s_algorithm
 */
export function componentsOf<Node>(
  edges: readonly { readonly from: Node; readonly to: Node }[],
): ReadonlyMap<Node, number> {
  const forward = neighbours(edges.map(({ from, to }) => [from, to]));
  const backward = neighbours(edges.map(({ from, to }) => [to, from]));
  const finished: Node[] = [];
  const seen = new Set<Node>();
  for (const start of forward.keys()) {
    const stack = [{ node: start, isDone: false }];
    for (let step = stack.pop(); step !== undefined; step = stack.pop()) {
      if (step.isDone) finished.push(step.node);
      if (step.isDone || seen.has(step.node)) continue;
      seen.add(step.node);
      stack.push({ node: step.node, isDone: true });
      for (const next of forward.get(step.node) ?? []) if (!seen.has(next)) stack.push({ node: next, isDone: false });
    }
  }
  const component = new Map<Node, number>();
  for (const [number, start] of finished.reverse().entries()) {
    const open = component.has(start) ? [] : [start];
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      if (component.has(node)) continue;
      component.set(node, number);
      open.push(...(backward.get(node) ?? []));
    }
  }
  return component;
}

function neighbours<Node>(pairs: readonly (readonly [Node, Node])[]): ReadonlyMap<Node, readonly Node[]> {
  const found = new Map<Node, Node[]>();
  for (const [from, to] of pairs) {
    const list = found.get(from) ?? [];
    list.push(to);
    found.set(from, list);
    if (!found.has(to)) found.set(to, []);
  }
  return found;
}
