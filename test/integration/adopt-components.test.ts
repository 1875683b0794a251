import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AdoptedProject } from "../support/adopted-project.ts";
import { startTestServer, type TestServer } from "../support/test-server.ts";

const table = (name: string) => `
  create table public.${name} (
    id uuid primary key default gen_random_uuid(), "Team Id" uuid not null references public.teams, title text, made_at timestamptz default now());
  alter table public.${name} enable row level security;
  revoke all on public.${name} from anon, authenticated, service_role;
  grant select, insert, update, delete on public.${name} to service_role;
  grant select, delete, insert ("Team Id", title), update (title) on public.${name} to authenticated;
  create policy ${name}_select on public.${name} for select to authenticated using ("Team Id" = any (array(select private.my_teams())));
  create policy ${name}_insert on public.${name} for insert to authenticated with check ("Team Id" = any (array(select private.my_teams())));
  create policy ${name}_update on public.${name} for update to authenticated using ("Team Id" = any (array(select private.my_teams())))
    with check ("Team Id" = any (array(select private.my_teams())));
  create policy ${name}_delete on public.${name} for delete to authenticated using ("Team Id" = any (array(select private.my_teams())));`;

const schema = `
  create schema private;
  create table public.teams (id uuid primary key);
  create function private.my_teams() returns setof uuid language sql stable set search_path = '' as 'select auth.uid()';
  ${table("notes")} ${table("plans")}
  alter policy plans_delete on public.plans to anon;
  create policy plans_recent on public.plans for select to anon using (title <> 'x' and made_at > now() - interval '1 day');
  alter publication supabase_realtime add table public.notes;`;

describe("tables of tenants that somebody made by hand", () => {
  let server: TestServer;
  let project: AdoptedProject;
  beforeAll(async () => {
    server = await startTestServer(17);
    project = await AdoptedProject.create(server, schema);
  });
  afterAll(async () => {
    await project?.close();
    await server?.stop();
  });

  it("are a TenantTable each where their policies and grants are its own, without a difference", async () => {
    const { exitCode, output } = await project.adopt();
    expect(exitCode, output).toBe(0);
    expect(output).toMatch(/^0 differences /m);
    const text = project.files()["stacks/table-access.ts"];
    const members = "sql`${app.notes.teamId} = any (array(select ${myTeams}()))`";
    expect(text).toContain(`new TenantTable("notes", { table: app.notes, members: ${members} });`);
    expect(text).toContain('new TableAccess("plans"');
    // The types that PostgreSQL adds to literals stay only where it would not store the same without them.
    expect(text).toContain("sql`${app.plans.title} <> 'x' and ${app.plans.madeAt} > (now() - '1 day'::interval)`");
    const changes = 'new RealtimeChanges("supabase_realtime", { filters: [], tables: [app.notes] });';
    expect(project.files()["stacks/realtime.ts"]).toContain(changes);
  });

  it("are not written again, and leave nothing to do after an update", async () => {
    const before = project.files();
    const again = await project.adopt();
    expect(again.exitCode, again.output).toBe(0);
    expect(project.files()).toEqual(before);
    const { exitCode, output } = await project.up();
    expect(exitCode, output).toBe(0);
    const { output: preview } = await project.preview("--expect-no-changes");
    expect(preview).toMatch(/unchanged/);
  });
});
