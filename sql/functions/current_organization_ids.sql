-- The organisations of which the current user is a member, whatever their role. No rows for nobody.
--
-- It runs with its owner's rights, because a policy on organization_members that asked organization_members itself
-- would recurse. It takes no argument, so that a policy can write
-- organization_id = any (array(select private.current_organization_ids())): the array is made once a statement, and
-- each table is then searched by its index on organization_id.
--
-- In PL/pgSQL, which plans the query once a session. A function in SQL is planned anew in every statement (before
-- PostgreSQL 18), which takes longer than to look up a task by its key.
create or replace function private.current_organization_ids()
returns setof text
language plpgsql
stable
security definer
parallel safe
rows 10
set search_path = pg_catalog, pg_temp
as $$
begin
  return query
  select membership.organization_id
  from public.organization_members as membership
  where membership.user_id = (select private.current_user_id());
end
$$;
