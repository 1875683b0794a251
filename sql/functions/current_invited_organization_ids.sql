-- The organisations that the current user is invited to, by the address in their token. Empty if nobody is signed in.
--
-- It lets users read the name of an organisation that they are asked to join. SECURITY DEFINER, like the others.
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
