-- Whether a user is in one of the current user's organisations. True for a member about themselves; false, and never
-- null, for nobody.
--
-- For one user at a time; policies on users use private.current_fellow_user_ids(), which is asked once a statement.
-- With its owner's rights, so that policies on organization_members may use it without recursion.
create or replace function private.shares_organization(other_user text)
returns boolean
language sql
stable
security definer
parallel safe
set search_path = ''
as $$
  select exists (
    select from public.organization_members as mine
    join public.organization_members as theirs using (organization_id)
    where mine.user_id = (select private.current_user_id())
      and theirs.user_id = shares_organization.other_user
  )
$$;
