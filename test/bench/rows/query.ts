import pg from "pg";
import type { Bench } from "../bench.ts";
import { BenchProject } from "../project.ts";
import { formatTime, type Row } from "../report.ts";
import { withClient } from "../servers.ts";
import { ratios, type Sample, summarise } from "../statistics.ts";
import { loadApplication, readTenant, type Tenant } from "./application-data.ts";

/**
 * What row-level security costs a signed-in user among 1,000 organisations and 1,000,000 tasks, with the application's own policies:
 * each query as the user, and by the service role with the condition written into it.
 */
export async function measureQueries(bench: Bench): Promise<Row[]> {
  const database = await bench.server.createDatabase();
  bench.progress("deploying the application");
  const project = await BenchProject.create({ carrier: { provider: "palisade", connectionString: database.url } });
  try {
    await project.up();
  } finally {
    project.remove();
  }
  bench.progress("loading 1,000,000 tasks");
  const tenant = await withClient(database.superuserUrl, async (client) => {
    await loadApplication(client);
    return await readTenant(client);
  });
  const shapes: { name: string; ours: number[]; memberships: number[]; known: number[] }[] = [];
  await withClient(database.url, (user) =>
    withClient(database.url, async (service) => {
      await user.query("set role authenticated");
      const claims = JSON.stringify({ sub: tenant.userId, role: "authenticated" });
      await user.query("select set_config('request.jwt.claims', $1, false)", [claims]);
      await service.query("set role service_role");
      for (const shape of queryShapes(tenant)) {
        bench.progress(`query: ${shape.name}`);
        shapes.push({ name: shape.name, ...(await measureShape(user, service, shape, tenant, bench.options.queries)) });
      }
    }),
  );
  return shapes.map((shape) => describe(shape));
}

interface QueryShape {
  readonly name: string;
  /** The query, with a condition on the columns that hold an organisation, or as it is. */
  readonly write: (condition: (column: string) => string) => string;
  readonly values: readonly string[];
}

/** What an application does with its tasks. A condition is `true` where row-level security has it. */
function queryShapes({ taskId }: Tenant): QueryShape[] {
  return [
    {
      name: "one task by its key",
      write: (condition) => `select * from public.tasks t where t.id = $1 and ${condition("t.organization_id")}`,
      values: [taskId],
    },
    {
      name: "the newest 50 tasks",
      write: (condition) =>
        `select t.id, t.title, t.status, t.created_at from public.tasks t where ${condition("t.organization_id")} order by t.created_at desc limit 50`,
      values: [],
    },
    {
      name: "the number of tasks",
      write: (condition) => `select count(*) from public.tasks t where ${condition("t.organization_id")}`,
      values: [],
    },
    {
      name: "one task changed",
      write: (condition) =>
        `update public.tasks t set title = 'Changed' where t.id = $1 and ${condition("t.organization_id")}`,
      values: [taskId],
    },
    {
      name: "50 tasks with their projects",
      write: (condition) =>
        `select t.id, t.title, p.name from public.tasks t join public.projects p on p.id = t.project_id
         where t.status = 'IN_PROGRESS' and ${condition("t.organization_id")} and ${condition("p.organization_id")}
         order by t.created_at limit 50`,
      values: [],
    },
  ];
}

/** As PostgREST sends them: prepared once a session. The three take turns, and the user's claims are set as PostgREST sets them. */
async function measureShape(
  user: pg.Client,
  service: pg.Client,
  shape: QueryShape,
  tenant: Tenant,
  repetitions: number,
): Promise<{ ours: number[]; memberships: number[]; known: number[] }> {
  const literal = (text: string) => pg.escapeLiteral(text);
  const candidates = {
    ours: { client: user, text: shape.write(() => "true") },
    memberships: {
      client: service,
      text: shape.write(
        (column) =>
          `${column} in (select m.organization_id from public.organization_members m where m.user_id = ${literal(tenant.userId)})`,
      ),
    },
    known: { client: service, text: shape.write((column) => `${column} = ${literal(tenant.organizationId)}`) },
  };
  const times = { ours: [] as number[], memberships: [] as number[], known: [] as number[] };
  const names = Object.keys(candidates) as (keyof typeof candidates)[];
  const warmUp = 10;
  const counts = new Map<string, number | null>();
  for (const client of [user, service]) await client.query("begin");
  for (let turn = 0; turn < repetitions + warmUp; turn++) {
    for (const name of turn % 2 === 0 ? names : names.toReversed()) {
      const { client, text } = candidates[name];
      await client.query("savepoint before");
      const started = performance.now();
      const { rowCount } = await client.query({ name: `${shape.name}, ${name}`, text, values: [...shape.values] });
      if (turn >= warmUp) times[name].push(performance.now() - started);
      await client.query("rollback to savepoint before");
      counts.set(name, rowCount);
    }
  }
  for (const client of [user, service]) await client.query("rollback");
  if (new Set(counts.values()).size !== 1 || counts.get("ours") === 0) {
    throw new Error(`${shape.name}: the three queries found different rows: ${JSON.stringify([...counts])}`);
  }
  return times;
}

function describe(shape: { name: string; ours: number[]; memberships: number[]; known: number[] }): Row {
  // Hundreds of short queries: their medians compare better than each with its neighbour.
  const ours = summarise(shape.ours);
  const ratio = (other: readonly number[]) => ours.median / summarise(other).median;
  const ratioOfParts = ratios(mediansOfParts(shape.ours), mediansOfParts(shape.memberships));
  const value: Sample = { ...summarise(ratioOfParts), median: ratio(shape.memberships) };
  return {
    title: `A tenant's query through RLS on 1,000,000 rows: ${shape.name}`,
    limit: 1.2,
    unit: "×",
    value: { ...value, lowest: Math.min(value.lowest, value.median), highest: Math.max(value.highest, value.median) },
    detail:
      `Through the policies ${formatTime(ours)}; with the condition by hand, on the user's memberships, ${formatTime(summarise(shape.memberships))}; ` +
      `where the organisation is known beforehand and nobody asks whether it is the user's, ${formatTime(summarise(shape.known))}, of which ours is ${ratio(shape.known).toFixed(2)} ×.`,
  };
}

/** The medians of ten parts, one after the other. */
function mediansOfParts(values: readonly number[]): number[] {
  const size = Math.max(1, Math.floor(values.length / 10));
  return Array.from(
    { length: Math.floor(values.length / size) },
    (_, index) => summarise(values.slice(index * size, (index + 1) * size)).median,
  );
}
