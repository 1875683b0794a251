-- The users who share an organisation with the current user, including the user if they are in one. Empty if nobody is
-- signed in.
--
-- For policies on users: id = any (array(select private.current_fellow_user_ids())) looks up a few keys, while a test
-- of each row would run once for every user.
-- SECURITY DEFINER, because organization_members has policies of its own.
create or replace function private.current_fellow_user_ids()
returns setof text
language plpgsql
stable
security definer
parallel safe
rows 100
set search_path = pg_catalog, pg_temp
as $$
begin
  return query
  select distinct fellow.user_id
  from public.organization_members as mine
  join public.organization_members as fellow using (organization_id)
  where mine.user_id = (select private.current_user_id());
end
$$;
