-- The organisations that the current user administers, as ADMIN or OWNER. Empty if nobody is signed in.
--
-- Defined and used like private.current_organization_ids(), which explains why.
create or replace function private.current_admin_organization_ids()
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
  where membership.user_id = (select private.current_user_id())
    and membership.role in ('ADMIN', 'OWNER');
end
$$;
