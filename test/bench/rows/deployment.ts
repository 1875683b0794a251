import type { Bench } from "../bench.ts";
import { BenchProject, type Cost } from "../project.ts";
import { formatRatio, formatTime, type Row } from "../report.ts";
import { ratios, summarise } from "../statistics.ts";
import { ordinarySize } from "../workload.ts";

const title = (what: string) =>
  `${what}, of 200 tables, 1,000 policies, 200 functions, 200 published tables, 20 buckets`;

/**
 * A preview that finds nothing to do, and the first `up`, each against the same program on a provider that does nothing. All are run in
 * turn, so that what else the machine does meets all of them.
 */
export async function measureDeployment(bench: Bench): Promise<Row[]> {
  const rows: Row[] = [];
  const wantsUp = bench.wants("up");
  const ups = await measureUps(bench, wantsUp ? bench.options.ups : 1);
  if (wantsUp)
    rows.push(describe(title("First `up`"), 1.5, ups.costs, "the program on the provider that does nothing"));
  if (bench.wants("preview")) rows.unshift(await measurePreviews(bench, ups.projects));
  for (const project of Object.values(ups.projects)) project.remove();
  return rows;
}

interface Projects {
  readonly ours: BenchProject;
  readonly nothing: BenchProject;
  readonly withoutRefresh: BenchProject;
}

type Costs = Readonly<Record<"ours" | "nothing" | "withoutRefresh", Cost[]>>;

/** Each `up` has a database and a state of its own; those of the last round are kept for the previews. */
async function measureUps(bench: Bench, rounds: number): Promise<{ costs: Costs; projects: Projects }> {
  const costs: Costs = { ours: [], nothing: [], withoutRefresh: [] };
  for (let round = 1; ; round++) {
    const database = await bench.server.createWorkloadDatabase(ordinarySize);
    const make = (carrier: Parameters<typeof BenchProject.create>[0]["carrier"]) =>
      BenchProject.create({ carrier, size: ordinarySize });
    const nothing = await make({ provider: "nothing", refreshes: true });
    const ours = await make({ provider: "palisade", connectionString: database.url });
    for (const [name, project] of inTurn({ nothing, ours }, round)) {
      bench.progress(`up ${round} of ${rounds}: ${name}`);
      costs[name].push(await project.up());
    }
    if (round >= rounds) {
      const withoutRefresh = await make({ provider: "nothing", refreshes: false });
      if (bench.wants("preview")) {
        bench.progress("up, for the previews: nothing, without refresh");
        costs.withoutRefresh.push(await withoutRefresh.up());
      }
      return { costs, projects: { ours, nothing, withoutRefresh } };
    }
    for (const project of [nothing, ours]) project.remove();
    await database.drop();
  }
}

async function measurePreviews(bench: Bench, projects: Projects): Promise<Row> {
  const costs: Costs = { ours: [], nothing: [], withoutRefresh: [] };
  const rounds = bench.options.previews;
  for (let round = 1; round <= rounds; round++) {
    for (const [name, project] of inTurn(projects, round)) {
      bench.progress(`preview ${round} of ${rounds}: ${name}`);
      costs[name].push(await project.preview());
    }
  }
  return describe(
    title("Preview without changes, with live read"),
    1.2,
    costs,
    "the program on the provider that does nothing and is refreshed as ours is",
  );
}

function describe(name: string, limit: number, costs: Costs, baseline: string): Row {
  const times = (key: keyof Costs) => costs[key].map(({ time }) => time);
  const works = (key: keyof Costs) => costs[key].map(({ work }) => work);
  const work = summarise(ratios(works("ours"), works("nothing")));
  const plain = costs.withoutRefresh.length === costs.ours.length && costs.ours.length > 1;
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
function inTurn<Name extends string>(
  projects: Readonly<Record<Name, BenchProject>>,
  round: number,
): [Name, BenchProject][] {
  const entries = Object.entries(projects) as [Name, BenchProject][];
  return round % 2 === 0 ? entries.reverse() : entries;
}
