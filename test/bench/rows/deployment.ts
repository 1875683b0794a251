import type { Bench } from "../bench.ts";
import { BenchProject, type Cost } from "../project.ts";
import type { Row } from "../report.ts";
import { ordinarySize } from "../workload.ts";
import { compareCosts, inTurn } from "./cost-ratio.ts";

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
    rows.push(compareCosts(title("First `up`"), 1.5, ups.costs, "the program on the provider that does nothing"));
  if (bench.wants("preview")) rows.unshift(...(await measurePreviews(bench, ups.projects)));
  for (const project of Object.values(ups.projects)) project.remove();
  return rows;
}

interface Projects {
  readonly ours: BenchProject;
  readonly nothing: BenchProject;
  readonly withoutRefresh: BenchProject;
  readonly withPerimeter: BenchProject;
}

type Costs = Readonly<Record<keyof Projects, Cost[]>>;

/** Each `up` has a database and a state of its own; those of the last round are kept for the previews. */
async function measureUps(bench: Bench, rounds: number): Promise<{ costs: Costs; projects: Projects }> {
  const costs: Costs = { ours: [], nothing: [], withoutRefresh: [], withPerimeter: [] };
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
      const another = await bench.server.createWorkloadDatabase(ordinarySize);
      const withPerimeter = await BenchProject.create({
        carrier: { provider: "palisade", connectionString: another.url },
        size: { ...ordinarySize, hasPerimeter: true },
      });
      if (bench.wants("preview")) {
        bench.progress("up, for the previews: nothing, without refresh; ours, with a perimeter");
        costs.withoutRefresh.push(await withoutRefresh.up());
        costs.withPerimeter.push(await withPerimeter.up());
      }
      return { costs, projects: { ours, nothing, withoutRefresh, withPerimeter } };
    }
    for (const project of [nothing, ours]) project.remove();
    await database.drop();
  }
}

async function measurePreviews(bench: Bench, projects: Projects): Promise<Row[]> {
  const costs: Costs = { ours: [], nothing: [], withoutRefresh: [], withPerimeter: [] };
  const rounds = bench.options.previews;
  for (let round = 1; round <= rounds; round++) {
    for (const [name, project] of inTurn(projects, round)) {
      bench.progress(`preview ${round} of ${rounds}: ${name}`);
      costs[name].push(await project.preview());
    }
  }
  const { withPerimeter, nothing } = costs;
  const baseline = "the program on the provider that does nothing and is refreshed as ours is";
  return [
    compareCosts(title("Preview without changes, with live read"), 1.2, costs, baseline),
    compareCosts(
      "The same preview, with a `Perimeter` in the program",
      1.2,
      { ours: withPerimeter, nothing },
      baseline,
    ),
  ];
}
