import pg from "pg";
import type { Bench } from "../bench.ts";
import { BenchProject } from "../project.ts";
import { formatTime, type Row } from "../report.ts";
import { withClient } from "../servers.ts";
import { ratios, type Sample, summarise } from "../statistics.ts";
import { loadApplication, readTenant, type Tenant } from "./application-data.ts";

/**
 * What row-level security costs a signed-in user among 1,000 organisations and 1,000,000 tasks, with the application's own policies:
 * each request as the user, and by the service role with the condition written into the query.
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
  const shapes: Shape[] = [];
  await withClient(database.url, async (client) => {
    for (const shape of queryShapes(tenant)) {
      bench.progress(`query: ${shape.name}`);
      shapes.push(await measureShape(client, shape, tenant, bench.options.queries));
    }
  });
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

/** What one shape of query took in each of three ways, in milliseconds. */
interface Shape {
  readonly name: string;
  readonly ours: Times;
  /** With the condition by hand, on the user's memberships. */
  readonly memberships: Times;
  /** With the organisation itself in the condition. */
  readonly known: Times;
}

interface Times {
  /** Of the whole transaction. */
  readonly request: number[];
  /** Of its query. */
  readonly query: number[];
}

/**
 * Each query in a transaction of its own that takes a role and claims first, as PostgREST does it, and is prepared once
 * a session. The three take turns.
 * @see https://docs.postgrest.org/en/stable/references/transactions.html
 */
async function measureShape(client: pg.Client, shape: QueryShape, tenant: Tenant, repetitions: number): Promise<Shape> {
  const literal = (text: string) => pg.escapeLiteral(text);
  const candidates = {
    ours: { role: "authenticated", text: shape.write(() => "true") },
    memberships: {
      role: "service_role",
      text: shape.write(
        (column) =>
          `${column} in (select m.organization_id from public.organization_members m where m.user_id = ${literal(tenant.userId)})`,
      ),
    },
    known: {
      role: "service_role",
      text: shape.write((column) => `${column} = ${literal(tenant.organizationId)}`),
    },
  };
  const took = (): Times => ({ request: [], query: [] });
  const times = { name: shape.name, ours: took(), memberships: took(), known: took() };
  const names = Object.keys(candidates) as (keyof typeof candidates)[];
  const warmUp = 10;
  const counts = new Map<string, number | null>();
  for (let turn = 0; turn < repetitions + warmUp; turn++) {
    for (const name of turn % 2 === 0 ? names : names.toReversed()) {
      const { role, text } = candidates[name];
      const claims = JSON.stringify({ sub: tenant.userId, role });
      const started = performance.now();
      await client.query("begin");
      await client.query({
        name: "request",
        text: "select set_config('role', $1, true), set_config('request.jwt.claims', $2, true)",
        values: [role, claims],
      });
      const asked = performance.now();
      const { rowCount } = await client.query({ name: `${shape.name}, ${name}`, text, values: [...shape.values] });
      const answered = performance.now();
      await client.query("rollback");
      if (turn >= warmUp) {
        times[name].request.push(performance.now() - started);
        times[name].query.push(answered - asked);
      }
      counts.set(name, rowCount);
    }
  }
  if (new Set(counts.values()).size !== 1 || counts.get("ours") === 0) {
    throw new Error(`${shape.name}: the three queries found different rows: ${JSON.stringify([...counts])}`);
  }
  return times;
}

function describe({ name, ours, memberships, known }: Shape): Row {
  // Hundreds of short requests: their medians compare better than each with its neighbour.
  const ratio = (kind: keyof Times, other: Times) => summarise(ours[kind]).median / summarise(other[kind]).median;
  const ratioOfParts = ratios(mediansOfParts(ours.request), mediansOfParts(memberships.request));
  const value: Sample = { ...summarise(ratioOfParts), median: ratio("request", memberships) };
  const format = ({ request, query }: Times) =>
    `${formatTime(summarise(request))}, of which the query takes ${formatTime(summarise(query))}`;
  return {
    title: `A tenant's request through RLS on 1,000,000 rows: ${name}`,
    limit: 1.2,
    unit: "×",
    value: { ...value, lowest: Math.min(value.lowest, value.median), highest: Math.max(value.highest, value.median) },
    detail:
      `Through the policies ${format(ours)}; with the condition by hand, on the user's memberships, ${format(memberships)}; ` +
      `where the organisation is known beforehand and nobody asks whether it is the user's, ${format(known)}. ` +
      `The query alone is ${ratio("query", memberships).toFixed(2)} × and ${ratio("query", known).toFixed(2)} ×.`,
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
