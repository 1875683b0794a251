-- Whether the current user is a member of an organisation, in any role. False, and never null, if nobody is signed in or
-- the organisation does not exist.
--
-- For one organisation that is known when the statement starts, such as a channel's topic. For a policy on a table's
-- rows, private.current_organization_ids() is far faster, because it runs once per statement.
-- SECURITY DEFINER, so that policies on organization_members may use it without recursion.
create or replace function private.is_organization_member(organization text)
returns boolean
language sql
stable
security definer
parallel safe
set search_path = pg_catalog, pg_temp
as $$
  select exists (
    select from public.organization_members as membership
    where membership.user_id = (select private.current_user_id())
      and membership.organization_id = is_organization_member.organization
  )
$$;
