-- The e-mail address of whoever is asking, in lower case, or null when they have none that may be relied on.
--
-- It is the address in their token. What confirms it, as far as the database can know:
-- - an account of this project's own auth server has that address, confirmed (a token lives for an hour after an address changed);
-- - a token of another issuer does not say email_verified: false. user_metadata says so too, and is the user's own to write.
-- Where sign-ups are not asked to confirm their address, the auth server calls every address confirmed, and so does this.
--
-- With its owner's rights, because nobody else may read auth.users. Otherwise made and used like private.current_user_id().
create or replace function private.current_user_email()
returns text
language plpgsql
stable
security definer
parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
  claims jsonb := nullif(current_setting('request.jwt.claims', true), '')::jsonb;
  address text := lower(nullif(btrim(coalesce(
    nullif(current_setting('request.jwt.claim.email', true), ''), claims ->> 'email')), ''));
  subject text := private.current_user_id();
begin
  if claims ->> 'email_verified' = 'false' then
    return null;
  end if;
  -- Two conditions, since one might be planned with the cast of what is no uuid.
  if subject ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then
    if exists (
      select from auth.users as account
      where account.id = subject::uuid
        and (account.email_confirmed_at is null or lower(account.email) is distinct from address)
    ) then
      return null;
    end if;
  end if;
  return address;
end
$$;
