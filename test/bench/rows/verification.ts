import { Database } from "../../../infra/database/database.ts";
import { loadParser } from "../../../infra/sql/parser.ts";
import type { Report } from "../../../infra/verify/report.ts";
import { verify } from "../../../infra/verify/verify.ts";
import { defineVerification, members, rowsOf, type Verification } from "../../../infra/verify.ts";
import { verification as ofSample } from "../../../stacks/verify.ts";
import type { Bench } from "../bench.ts";
import { BenchProject } from "../project.ts";
import type { Row } from "../report.ts";
import { withClient } from "../servers.ts";
import { summarise } from "../statistics.ts";

const tableCount = 200;

/** `palisade verify`, from reading the database to the judgement: the sample, and 200 tables with five policies each. */
export async function measureVerification(bench: Bench): Promise<Row[]> {
  await loadParser();
  const sample = await bench.server.createDatabase();
  bench.progress("deploying the sample to verify");
  const project = await BenchProject.create({ carrier: { provider: "palisade", connectionString: sample.url } });
  await project.up().finally(() => project.remove());
  const large = await bench.server.createDatabase();
  await withClient(large.url, (client) => client.query(manyTables));
  return [
    await measure(bench, "Verifying the sample", sample.url, ofSample, 5),
    await measure(bench, `Verifying ${tableCount} tables, 1,000 policies`, large.url, ofManyTables, 60),
  ];
}

async function measure(
  bench: Bench,
  title: string,
  url: string,
  verification: Verification,
  limit: number,
): Promise<Row> {
  const times: number[] = [];
  const trips: number[] = [];
  let report: Report | undefined;
  for (let round = 1; round <= bench.options.verifications; round++) {
    bench.progress(`${title} ${round} of ${bench.options.verifications}`);
    const database = new Database(url);
    try {
      const started = performance.now();
      report = await verify(database, verification);
      times.push((performance.now() - started) / 1000);
      trips.push(database.roundTrips);
    } finally {
      await database.close();
    }
  }
  if (report === undefined || report.failures.length > 0)
    throw new Error(`${title}: ${report?.failures.length} attempts were not as expected`);
  const { counts } = report;
  return {
    title,
    limit,
    unit: "s",
    value: summarise(times),
    detail: `${counts.asExpected + counts.found} attempts in ${summarise(trips).median} round trips, ${counts.notTried} not tried. ${times.length} rounds, the first with code that runs for the first time.`,
  };
}

const manyTables = `
  create table public.organizations (id uuid primary key default gen_random_uuid(), name text not null);
  create table public.memberships (organization_id uuid not null references public.organizations, user_id uuid not null,
    role text not null check (role in ('owner', 'member')), primary key (organization_id, user_id));
  create function public.my_organizations() returns setof uuid language sql stable security definer set search_path = ''
    as 'select m.organization_id from public.memberships m where m.user_id = (select auth.uid())';
  alter table public.organizations enable row level security;
  alter table public.memberships enable row level security;
  grant select on public.organizations, public.memberships to authenticated;
  create policy mine on public.organizations for select to authenticated using (id in (select public.my_organizations()));
  create policy mine on public.memberships for select to authenticated using (organization_id in (select public.my_organizations()));
  do $$ begin
    for i in 1..${tableCount} loop
      execute format('create table public.items_%s (id uuid primary key default gen_random_uuid(), organization_id uuid not null references public.organizations, title text not null, done boolean not null default false)', i);
      execute format('alter table public.items_%s enable row level security', i);
      execute format('grant select, insert, update, delete on public.items_%s to authenticated', i);
      execute format('create policy read on public.items_%s for select to authenticated using (organization_id in (select public.my_organizations()))', i);
      execute format('create policy add on public.items_%s for insert to authenticated with check (organization_id in (select public.my_organizations()))', i);
      execute format('create policy change on public.items_%s for update to authenticated using (organization_id in (select public.my_organizations()))', i);
      execute format('create policy remove on public.items_%s for delete to authenticated using (organization_id in (select public.my_organizations()))', i);
      execute format('create policy titled on public.items_%s as restrictive to authenticated using (length(title) < 1000)', i);
    end loop;
  end $$`;

const all = { select: members, insert: members, update: members, delete: members };

const ofManyTables = defineVerification({
  people: {
    tenants: "organizations",
    members: {
      table: "memberships",
      tenant: "organization_id",
      user: "user_id",
      role: "role",
      roles: ["owner", "member"],
    },
  },
  tables: Array.from({ length: tableCount }, (_, index) => rowsOf(`items_${index + 1}`, all, { moves: members })),
});
