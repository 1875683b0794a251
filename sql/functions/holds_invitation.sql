-- Whether the current user may join an organisation in a role: there is an open invitation to their address, and whoever gave it still
-- has the right to.
--
-- The invitation is locked until the transaction ends, so that it can't be revoked between this answer and the new membership (for which
-- a trigger deletes it). So the function is volatile, and is called for each row rather than in a sub-select.
create or replace function private.holds_invitation(organization text, role public.organization_role)
returns boolean
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  perform from public.organization_invitations as invitation
  where invitation.organization_id = holds_invitation.organization
    and invitation.email = (select private.current_user_email())
    and invitation.role = holds_invitation.role
    and invitation.expires_at > now()
    and (invitation.invited_by_id is null or exists (
      select from public.organization_members as inviter
      where inviter.user_id = invitation.invited_by_id
        and inviter.organization_id = invitation.organization_id
        and (inviter.role = 'OWNER' or (inviter.role = 'ADMIN' and invitation.role <> 'OWNER'))
    ))
  for update of invitation;
  return found;
end
$$;
