-- The organisations that the current user owns. No rows for nobody.
--
-- Administrators manage memberships; only this tells them from owners, so that no administrator can make themselves an
-- owner or remove one. Made and used like private.current_organization_ids(); see there for why.
create or replace function private.current_owner_organization_ids()
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
    and membership.role = 'OWNER';
end
$$;
