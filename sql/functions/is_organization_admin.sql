-- Whether the current user administers an organisation: as ADMIN or as OWNER. False, and never null, otherwise.
--
-- Made and used like private.is_organization_member; see there for when private.current_admin_organization_ids() is
-- the better choice.
create or replace function private.is_organization_admin(organization text)
returns boolean
language sql
stable
security definer
parallel safe
set search_path = ''
as $$
  select exists (
    select from public.organization_members as membership
    where membership.user_id = (select private.current_user_id())
      and membership.organization_id = is_organization_admin.organization
      and membership.role in ('ADMIN', 'OWNER')
  )
$$;
