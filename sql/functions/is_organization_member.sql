-- Whether the current user is a member of an organisation, whatever their role. False, and never null, for nobody and
-- for an organisation that does not exist.
--
-- For one organisation that is known when the statement begins, such as a channel's topic; a policy on a table's rows
-- is far faster with private.current_organization_ids(), which is asked once.
-- With its owner's rights, so that policies on organization_members may use it without recursion.
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
