import type { TestDatabase } from "../../support/test-server.ts";
import { startTraffic, type TrafficReport } from "../../support/traffic.ts";
import type { Bench } from "../bench.ts";
import { BenchProject } from "../project.ts";
import { formatRatio, formatTime, type Row } from "../report.ts";
import { withClient } from "../servers.ts";
import { ratios, summarise } from "../statistics.ts";

const title = "`up` of the sample after all its policies were dropped, with the platform's locks, five clients at work";

/**
 * What an `up` that makes every policy again costs an application whose tables each policy statement locks, against the
 * same `up` of a database that the application doesn't use.
 */
export async function measurePlatformLocks(bench: Bench): Promise<Row[]> {
  bench.progress("the sample's first up, in two databases");
  const [own, other] = [await deployed(bench), await deployed(bench)];
  const alone: TrafficReport[] = [];
  const elsewhere: TrafficReport[] = [];
  const beside: TrafficReport[] = [];
  const times: number[] = [];
  let waits = 0;
  for (let round = 1; round <= bench.options.ups; round++) {
    await dropPolicies(own.database);
    bench.progress(`up ${round} of ${bench.options.ups} beside five clients`);
    const traffic = await startTraffic(own.database.url);
    const { time, output } = await own.project.up();
    beside.push(await traffic.stop());
    times.push(time);
    waits += output.split("of this same deployment").length - 1;
    await dropPolicies(other.database);
    bench.progress("the same of another database");
    const undisturbed = await startTraffic(own.database.url);
    await other.project.up();
    elsewhere.push(await undisturbed.stop());
    bench.progress("the five clients alone");
    const quiet = await startTraffic(own.database.url);
    await new Promise((resolve) => setTimeout(resolve, time));
    alone.push(await quiet.stop());
  }
  for (const { project } of [own, other]) project.remove();
  const deadlocks = beside.flatMap(({ errors }) => errors).filter((error) => error.startsWith("40P01")).length;
  const others = beside.flatMap(({ errors }) => errors).length - deadlocks;
  const ninetyNinth = (reports: readonly TrafficReport[]) => reports.map(({ milliseconds }) => at(milliseconds, 0.99));
  const slowdown = summarise(ratios(ninetyNinth(beside), ninetyNinth(elsewhere)));
  const long = (reports: readonly TrafficReport[]) => formatTime(summarise(ninetyNinth(reports)));
  const slowest = (reports: readonly TrafficReport[]) =>
    formatTime(summarise(reports.map(({ milliseconds }) => at(milliseconds, 1))));
  const detail =
    `99 % of the clients' transactions took up to ${long(beside)} beside the update, ${long(elsewhere)} beside the same update of another database, and ${long(alone)} without any; ` +
    `the slowest ${slowest(beside)}, ${slowest(elsewhere)} and ${slowest(alone)}. ` +
    `The update, with its preview, took ${formatTime(summarise(times))}; ${summarise(beside.map(({ milliseconds }) => milliseconds.length)).median} transactions a round, ${others} errors other than deadlocks.`;
  return [
    {
      title: `${title}: the application's p99`,
      limit: 3,
      unit: "×",
      value: slowdown,
      detail: `${detail} ${times.length} rounds, ${formatRatio(slowdown)}.`,
    },
    {
      title: `${title}: waits of the update for itself`,
      limit: 0,
      unit: "waits",
      value: summarise([waits]),
      detail: "As its messages name them.",
    },
    {
      title: `${title}: deadlocks in the application`,
      limit: 0,
      unit: "deadlocks",
      value: summarise([deadlocks]),
      detail: "Errors 40P01 at the five clients.",
    },
  ];
}

/** The sample in a database of its own, where each policy statement takes the platform's locks from now on. */
async function deployed(bench: Bench): Promise<{ readonly database: TestDatabase; readonly project: BenchProject }> {
  const database = await bench.server.createDatabase();
  const project = await BenchProject.create({
    carrier: { provider: "palisade", connectionString: database.url },
  });
  await project.up();
  await withClient(database.url, (client) =>
    client.query(`alter database ${database.database} set palisade.platform_locks = 'on'`),
  );
  return { database, project };
}

async function dropPolicies(database: TestDatabase): Promise<void> {
  await withClient(database.superuserUrl, (client) =>
    client.query(`do $$ declare found record; begin
      for found in select polname, polrelid::regclass as name from pg_policy loop
        execute format('drop policy %I on %s', found.polname, found.name);
      end loop; end $$`),
  );
}

function at(milliseconds: readonly number[], share: number): number {
  const sorted = [...milliseconds].sort((left, right) => left - right);
  return sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN;
}
