-- The current user's e-mail address in lower case, or null if they have none that can be trusted.
--
-- Which address counts is defined in one place, integrity.token_email() in the migration that hardens tenancy: it is the default of
-- users.email, and invitations are for it. A token stays valid for an hour after an address has changed, so the function also checks
-- the auth server's own table.
--
-- SECURITY DEFINER, because nobody else may use that schema. Otherwise defined and used like private.current_user_id().
create or replace function private.current_user_email()
returns text
language plpgsql
stable
security definer
parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
  return integrity.token_email();
end
$$;
