-- The organisations to which the current user is invited, by the address in their token. No rows for nobody.
--
-- So that they can read the name of what they are asked to join. With its owner's rights, as the others.
create or replace function private.current_invited_organization_ids()
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
  select invitation.organization_id
  from public.organization_invitations as invitation
  where invitation.email = (select private.current_user_email())
    and invitation.expires_at > now();
end
$$;
