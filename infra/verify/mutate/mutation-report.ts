import { escapePattern } from "../../values/pattern.ts";
import type { Equivalent } from "../declaration.ts";
import type { Mutation } from "./mutation.ts";

/** The result of one mutation. */
export interface MutationResult {
  readonly name: string;
  readonly object: string;
  readonly kind: Mutation["kind"];
  /** `impossible`: the server refuses the statement. */
  readonly outcome: "noticed" | "survived" | "equivalent" | "impossible";
  /** Why it is equivalent, or impossible. */
  readonly because?: string;
  /** For a noticed mutation: what noticed it. */
  readonly by?: string;
  /**
   * For a surviving mutation: whose access changed without anything being declared about it. Empty: no difference was
   * seen.
   */
  readonly unnoticed?: readonly string[];
}

/** The result of `--mutate`. */
export interface MutationReport {
  readonly counts: Readonly<Record<MutationResult["outcome"], number>>;
  /** The share of noticed mutations among those that are neither equivalent nor impossible; 1 means all. */
  readonly score: number;
  readonly results: readonly MutationResult[];
  readonly unread: readonly { readonly object: string; readonly reason: string }[];
  /** Declared equivalents that were noticed, or that match no mutation. */
  readonly wrong: readonly string[];
}

/** @param isPart whether only some mutations were made, so that declared equivalents may refer to others */
export function reportOfMutations(
  tried: readonly MutationResult[],
  unread: MutationReport["unread"],
  equivalents: readonly Equivalent[],
  isPart = false,
): MutationReport {
  const stated = equivalents.flatMap(({ mutations, because }) =>
    mutations.map((name) => ({ name, because, isMeant: matcher(name) })),
  );
  const results = tried.map((result): MutationResult => {
    const because = stated.find(({ isMeant }) => isMeant(result.name))?.because;
    return because === undefined || result.outcome !== "survived"
      ? result
      : { ...result, outcome: "equivalent", because };
  });
  const wrong = stated.flatMap(({ name, isMeant }) => {
    const meant = tried.filter((result) => isMeant(result.name));
    if (meant.length === 0) return isPart ? [] : [`${name}: there is no such mutation`];
    const noticed = meant.filter(({ outcome }) => outcome === "noticed");
    if (noticed.length > 0) return [`${name}: ${noticed[0]?.name} is noticed, by ${noticed[0]?.by}`];
    return isPart || meant.some(({ outcome }) => outcome === "survived")
      ? []
      : [`${name}: it is known without being stated`];
  });
  const count = (outcome: MutationResult["outcome"]) => results.filter((each) => each.outcome === outcome).length;
  const [noticed, survived] = [count("noticed"), count("survived")];
  return {
    counts: { noticed, survived, equivalent: count("equivalent"), impossible: count("impossible") },
    score: noticed + survived === 0 ? 1 : noticed / (noticed + survived),
    ...{ results, unread, wrong },
  };
}

/** Matches a name against a declared pattern, in which `*` stands for anything. */
function matcher(stated: string): (name: string) => boolean {
  const form = new RegExp(`^${stated.split("*").map(escapePattern).join(".*")}$`, "s");
  return (name) => form.test(name);
}
