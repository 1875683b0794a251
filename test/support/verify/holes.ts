/** One hole of each sort, each in an object of its own, and what closes it. */
export const holes = {
  open: `
    set role postgres;
    create view public.customer_names as select name, organization_id from public.customers;
    grant select on public.customer_names to authenticated;
    create function public.project_name(project text) returns text language sql security definer
      as $$ select name from public.projects where id = project $$;
    revoke execute on function public.project_name(text) from public;
    grant execute on function public.project_name(text) to authenticated;
    create function public.announce() returns trigger language plpgsql security definer
      as $$ begin update public.notifications set message = 'changed'; return null; end $$;
    create trigger announce after insert on public.ai_conversations for each row execute function public.announce();
    alter policy projects_insert on public.projects with check (true);
    create policy todo on public.tasks for select to authenticated using (status = 'TODO');
    create policy listed on storage.objects for select to authenticated using (bucket_id = 'attachments');
    create policy overheard on realtime.messages for select to authenticated using (extension = 'broadcast');
    grant update (organization_id) on public.customers to authenticated;`,
  close: `
    set role postgres;
    drop view public.customer_names;
    drop function public.project_name(text);
    drop trigger announce on public.ai_conversations;
    drop function public.announce();
    alter policy projects_insert on public.projects with check (organization_id = any (array(select private.current_organization_ids())));
    drop policy todo on public.tasks;
    drop policy listed on storage.objects;
    drop policy overheard on realtime.messages;
    revoke update (organization_id) on public.customers from authenticated;`,
};

/** Ways to open a declared database by hand, each with what takes it back and what is said of it. */
export const openings: Readonly<Record<string, readonly [open: string, close: string, told: string]>> = {
  "a table without row-level security that anon may read": [
    "set role postgres; create table public.leak (id int, secret text); grant select on public.leak to anon",
    "drop table public.leak",
    "public.leak, anonymous: select any",
  ],
  "a view of a protected table with its owner's rights": [
    "set role postgres; create view public.shown as select * from public.tasks; grant select on public.shown to anon",
    "drop view public.shown",
    "public.shown, anonymous: the view public.shown reads public.tasks with the rights of postgres",
  ],
  "a function with its owner's rights that anon may execute": [
    `set role postgres; create function public.all_tasks() returns setof public.tasks language sql security definer set search_path = ''
      as 'select * from public.tasks'; grant execute on function public.all_tasks() to anon`,
    "drop function public.all_tasks()",
    "public.all_tasks(), anonymous: the function public.all_tasks() runs with the rights of postgres",
  ],
  "a bucket that is made public": [
    "update storage.buckets set public = true where id = 'attachments'",
    "update storage.buckets set public = false where id = 'attachments'",
    "files in attachments, anonymous: read any by its address: the bucket is public",
  ],
  "a membership of authenticated in service_role": [
    "grant service_role to authenticated",
    "revoke service_role from authenticated",
    "role authenticated, authenticated: is a member of service_role",
  ],
  "anon asked by no policy": [
    "alter role anon bypassrls",
    "alter role anon nobypassrls",
    "role anon, anon: bypasses row-level security",
  ],
  "another publication": [
    "set role postgres; create publication another for table public.tasks",
    "drop publication another",
    "public.tasks, subscribers: published by another",
  ],
};
