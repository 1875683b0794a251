-- The e-mail address of whoever is asking, in lower case, or null when they have none that may be relied on.
--
-- What may be is said once, by integrity.token_email() in the migration that hardens tenancy: users.email has it as its default, and
-- invitations are for it. A token lives for an hour after an address changed, so the auth server's own table is asked as well.
--
-- With its owner's rights, because nobody else may use that schema. Otherwise made and used like private.current_user_id().
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
