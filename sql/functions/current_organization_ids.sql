-- The organisations that the current user is a member of, in any role. Empty if nobody is signed in.
--
-- SECURITY DEFINER, because a policy on organization_members that reads organization_members itself would recurse. It
-- takes no argument, so that a policy can use
-- organization_id = any (array(select private.current_organization_ids())): the array is computed once per statement,
-- and each table is then searched by its index on organization_id.
--
-- In PL/pgSQL, which plans the query once per session. A function in SQL is planned again in every statement (before
-- PostgreSQL 18), which takes longer than looking up a task by its key.
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
