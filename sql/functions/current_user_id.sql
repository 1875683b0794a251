-- Who is asking: the `sub` of the token as text, or null when there is none.
--
-- auth.uid() answers the same question by casting to uuid, and raises on any other identifier; identifiers are text
-- here, so that `test-user-123` is a user as well as a uuid is. The order is auth.uid()'s: the single-claim setting of
-- older API servers wins, then the whole claims. A setting that was never made, or was made and reset (which leaves an
-- empty string), is no identity. Claims that are no JSON raise, and nothing is shown; no API server sets such.
--
-- pg_temp stands last in its search_path, as in every function here: PostgreSQL would look there first for jsonb, and whoever
-- asks could put a type of that name there, which would run code with the rights of the functions that call this one.
--
-- It reads settings and no table, so it runs with the caller's rights. In a policy write
-- (select private.current_user_id()): it is then asked once a statement and not once a row. In PL/pgSQL for the same
-- reason as private.current_organization_ids().
create or replace function private.current_user_id()
returns text
language plpgsql
stable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
  return coalesce(
    nullif(current_setting('request.jwt.claim.sub', true), ''),
    nullif(nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub', '')
  );
end
$$;
