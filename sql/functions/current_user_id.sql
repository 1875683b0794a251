-- The current user: the `sub` of the token as text, or null if there is none.
--
-- auth.uid() returns the same as a uuid, and raises an error for any other identifier. Identifiers are text here, so
-- that `test-user-123` is as valid as a uuid. The order is that of auth.uid(): the single-claim setting of older API
-- servers takes precedence over the whole claims. A setting that was never made, or was made and reset (which leaves
-- an empty string), is no identity. Claims that are not JSON raise an error, so that nothing is shown; no API server
-- sets such claims.
--
-- pg_temp is last in its search_path, as in every function here. Otherwise PostgreSQL would look for jsonb there first,
-- and a caller could create a type of that name, which would run code with the rights of the functions that call this
-- one.
--
-- It reads settings and no table, so it runs with the caller's rights. In a policy, write
-- (select private.current_user_id()): it then runs once per statement instead of once per row. In PL/pgSQL for the same
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
