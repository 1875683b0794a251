-- The users who share an organisation with the current user, themselves included if they are in one. No rows for nobody.
--
-- For policies on users: id = any (array(select private.current_fellow_user_ids())) looks up a few keys, where a test
-- of each row would be asked as often as there are users.
-- With its owner's rights, because organization_members shows its rows by policies of its own.
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
