import { escapePattern } from "../../values/pattern.ts";
import type { Equivalent } from "../declaration.ts";
import type { Mutation } from "./mutation.ts";

/** What became of one mutation. */
export interface MutationResult {
  readonly name: string;
  readonly object: string;
  readonly kind: Mutation["kind"];
  /** `impossible`: the server does not take it. */
  readonly outcome: "noticed" | "survived" | "equivalent" | "impossible";
  /** Why it is equivalent, or impossible. */
  readonly because?: string;
  /** What shows it, of what is noticed. */
  readonly by?: string;
  /** Of what survived: what is different for whom, without anybody having said something of it. None: no difference was seen. */
  readonly unnoticed?: readonly string[];
}

/** What `--mutate` tells. */
export interface MutationReport {
  readonly counts: Readonly<Record<MutationResult["outcome"], number>>;
  /** Of those that are neither equivalent nor impossible, the part that is noticed: 1 is all. */
  readonly score: number;
  readonly results: readonly MutationResult[];
  readonly unread: readonly { readonly object: string; readonly reason: string }[];
  /** Of the stated equivalents, those that are noticed, or that no mutation is named. */
  readonly wrong: readonly string[];
}

/** @param isPart whether only some of the mutations were made, so that what is stated of others says nothing of these */
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

/** Whether a name is the one that is stated, in which `*` stands for anything. */
function matcher(stated: string): (name: string) => boolean {
  const form = new RegExp(`^${stated.split("*").map(escapePattern).join(".*")}$`, "s");
  return (name) => form.test(name);
}
