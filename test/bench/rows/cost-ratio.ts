import type { BenchProject, Cost } from "../project.ts";
import { formatRatio, formatTime, type Row } from "../report.ts";
import { ratios, summarise } from "../statistics.ts";

export interface Costs {
  readonly ours: readonly Cost[];
  readonly nothing: readonly Cost[];
  /** Of a provider that does not even ask for a refresh. */
  readonly withoutRefresh?: readonly Cost[];
}

/** How long ours took, as a multiple of what the same, without ours, took in the same round. @param baseline what that is */
export function compareCosts(name: string, limit: number, costs: Costs, baseline: string): Row {
  const times = (key: keyof Costs) => (costs[key] ?? []).map(({ time }) => time);
  const works = (key: keyof Costs) => (costs[key] ?? []).map(({ work }) => work);
  const work = summarise(ratios(works("ours"), works("nothing")));
  const plain = costs.withoutRefresh?.length === costs.ours.length && costs.ours.length > 1;
  const parts = [
    `Ours ${formatTime(summarise(times("ours")))}; ${baseline} ${formatTime(summarise(times("nothing")))}.`,
    plain
      ? ` Where that provider asks for no refresh, so that nothing is read: ${formatTime(summarise(times("withoutRefresh")))}, which makes ours ${formatRatio(summarise(ratios(times("ours"), times("withoutRefresh"))))}.`
      : "",
    Number.isNaN(work.median)
      ? ""
      : ` Processor time of engine, program and provider: ${(summarise(works("ours")).median / 1000).toFixed(1)} s against ${(summarise(works("nothing")).median / 1000).toFixed(1)} s, ${formatRatio(work)}.`,
    ` ${costs.ours.length} rounds.`,
  ];
  return {
    title: name,
    limit,
    unit: "×",
    value: summarise(ratios(times("ours"), times("nothing"))),
    detail: parts.join(""),
  };
}

/** Every other round backwards: whoever comes first finds the machine colder. */
export function inTurn<Name extends string>(
  projects: Readonly<Record<Name, BenchProject>>,
  round: number,
): [Name, BenchProject][] {
  const entries = Object.entries(projects) as [Name, BenchProject][];
  return round % 2 === 0 ? entries.reverse() : entries;
}
