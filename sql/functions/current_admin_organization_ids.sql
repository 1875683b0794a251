-- The organisations that the current user administers: as ADMIN or as OWNER. No rows for nobody.
--
-- Made and used like private.current_organization_ids(); see there for why.
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
