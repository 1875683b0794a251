import type pg from "pg";

/** Somebody in one organisation of a thousand, and one of its tasks. */
export interface Tenant {
  readonly userId: string;
  readonly organizationId: string;
  readonly taskId: string;
}

/**
 * 1,000 organisations with 5 users, 10 projects and 1,000 tasks each. Keys are in no order, and neighbours on disk belong to different
 * organisations, as in a table that grew.
 */
export async function loadApplication(client: pg.Client): Promise<void> {
  const key = (kind: string, number: string) => `md5('${kind}' || ${number})::uuid::text`;
  const member = "(number - 1) % 1000 + 1";
  // Without triggers, and so without foreign keys' checks, which the data passes and which would take minutes.
  await client.query(`
    begin;
    set local session_replication_role = replica;
    insert into public.organizations (id, name, slug)
      select ${key("organization", "number")}, 'Organisation ' || number, 'organisation-' || number from generate_series(1, 1000) as number;
    insert into public.users (id, email, name)
      select ${key("user", "number")}, 'user-' || number || '@example.org', 'User ' || number from generate_series(1, 5000) as number;
    insert into public.organization_members (user_id, organization_id, role)
      select ${key("user", "number")}, ${key("organization", `(${member})`)},
        (array['OWNER', 'ADMIN', 'MEMBER', 'MEMBER', 'MEMBER'])[(number - 1) / 1000 + 1]::public.organization_role
      from generate_series(1, 5000) as number;
    insert into public.projects (id, organization_id, name)
      select ${key("project", "number")}, ${key("organization", `(${member})`)}, 'Project ' || number from generate_series(1, 10000) as number;
    insert into public.tasks (id, organization_id, project_id, assignee_id, title, description, status, created_at)
      select ${key("task", "number")}, ${key("organization", `(${member})`)}, ${key("project", "((number - 1) % 10000 + 1)")}, ${key("user", "((number - 1) % 5000 + 1)")},
        'Task ' || number, 'What is to be done about task ' || number,
        (array['TODO', 'IN_PROGRESS', 'IN_REVIEW', 'DONE'])[number / 1000 % 4 + 1]::public.task_status,
        timestamptz '2026-01-01' + make_interval(secs => (number * 7919) % 10000000)
      from generate_series(1::bigint, 1000000) as number;
    commit`);
  await client.query("vacuum analyze");
}

export async function readTenant(client: pg.Client): Promise<Tenant> {
  const { rows } = await client.query<Tenant>(`
    select m.user_id as "userId", m.organization_id as "organizationId",
      (select t.id from public.tasks t where t.organization_id = m.organization_id order by t.created_at limit 1) as "taskId"
    from public.organization_members m join public.users u on u.id = m.user_id where u.name = 'User 2501'`);
  const [tenant] = rows;
  if (tenant === undefined) throw new Error("the data has no such user");
  return tenant;
}
