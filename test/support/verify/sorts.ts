import { defineVerification, members, nobody, rowsOf } from "../../../infra/verify.ts";

/** Tables of sorts that are easily left out, and a hole in each that is found in that table alone. */
export const sorts = {
  schema: `
    create table teams (id uuid primary key default gen_random_uuid(), name text not null);
    create table team_members (team_id uuid not null references teams (id), user_id uuid not null, primary key (team_id, user_id));
    create function my_teams() returns setof uuid language sql stable security definer set search_path = public, pg_temp
      as $$ select team_id from team_members where user_id = auth.uid() $$;
    create table settings (team_id uuid primary key references teams (id), theme text not null);
    create table events (team_id uuid not null references teams (id), note text not null, due date not null);
    create view calendar as select day::date as day from generate_series('2000-01-01'::date, '2040-01-01', '1 day') as day;
    grant select on calendar to anon;
    create table salaries (id uuid primary key default gen_random_uuid(), team_id uuid not null references teams (id), title text not null, amount int not null default 0);
    create table articles (id uuid primary key default gen_random_uuid(), team_id uuid not null references teams (id), state text not null default 'draft', title text not null);
    create table comments (article_id uuid not null references articles (id) on delete cascade, words text not null);
    create table logs (team_id uuid not null references teams (id), region text not null, words text not null) partition by list (region);
    create table logs_eu partition of logs for values in ('eu');
    create table "order" (id uuid primary key default gen_random_uuid(), team_id uuid not null references teams (id), words text not null);
    create table children (more text) inherits ("order");
    do $$ declare name text; begin
      foreach name in array '{teams,team_members,settings,events,salaries,articles,comments,logs,logs_eu,order,children}'::text[] loop
        execute format('alter table %I enable row level security', name);
      end loop;
      foreach name in array '{settings,events,salaries,articles,logs,order}'::text[] loop
        execute format('create policy own on %I to authenticated using (team_id in (select my_teams()))', name);
      end loop;
    end $$;
    grant select, insert, delete on settings, events, logs, "order", articles to authenticated;
    grant update (theme) on settings to authenticated;
    grant update (note) on events to authenticated;
    grant select (id, team_id, title), insert (team_id, title) on salaries to authenticated;`,
  holes: `
    alter policy own on settings with check (true);
    grant update (team_id) on events to authenticated; alter policy own on events using (true);
    grant select (amount) on salaries to authenticated;
    create policy published on articles for select to anon, authenticated using (state = 'archived'); grant select on articles to anon;
    alter table logs_eu disable row level security; grant select on logs_eu to anon;
    alter table children disable row level security; grant delete on children to authenticated;
    create view totals as select count(*) as articles from articles; grant select on totals to authenticated;
    create materialized view titles as select title from articles with no data; grant select on titles to anon;
    create view ended as select title from articles where state = 'ended'; grant select on ended to anon;
    create type urgency as enum ('low', 'high');
    create function article_count() returns bigint language sql stable security definer as 'select count(*) from public.articles';
    create function archive(p_state text, how urgency, options jsonb, force boolean default false) returns void language plpgsql security definer
      as $$ begin if how = 'high' and options ? 'id' then delete from public.articles where state = p_state; end if; end $$;
    grant update (id) on articles to authenticated;
    create rule heard as on insert to logs do also update salaries set amount = amount + 1;
    create function tell() returns trigger language plpgsql security definer as $$ begin update public.events set note = 'told'; return null; end $$;
    create trigger told after delete on "order" for each statement execute function tell();
    create procedure sweep() language sql as 'select 1';
    reset role;
    create foreign data wrapper nothing; create server nowhere foreign data wrapper nothing; create foreign table far (id int) server nowhere;`,
  verification: defineVerification({
    people: { tenants: "teams", members: { table: "team_members", tenant: "team_id", user: "user_id" } },
    tables: [
      rowsOf(
        "settings",
        { select: members, insert: members, update: members, delete: members },
        { columns: ["theme"] },
      ),
      rowsOf("events", { select: members, insert: members, update: members, delete: members }, { columns: ["note"] }),
      rowsOf("salaries", { select: members, update: nobody, delete: nobody }, { reads: ["id", "team_id", "title"] }),
      rowsOf("articles", { select: members, insert: members, update: nobody, delete: members }),
    ],
  }),
};

/** Functions with their owner's rights, and what their bodies ask of a year: each tells its words to whoever knows what a parameter takes. */
export const called = {
  schema: [
    "create table teams (id uuid primary key default gen_random_uuid(), name text not null);",
    "create table team_members (team_id uuid not null references teams (id), user_id uuid not null, primary key (team_id, user_id));",
    "create table years (id bigint generated always as identity primary key, team_id uuid not null references teams (id), words text not null);",
    // Earlier by name, whose keys would be tried first.
    ...Array.from(
      { length: 11 },
      (_, index) => `create table a${index} (team_id uuid primary key references teams (id));`,
    ),
    "create function by_nothing(p_range int4range) returns int language sql strict as 'select 1';",
  ].join("\n"),
  functions: {
    "by_number(p_id bigint)": "id = p_id",
    "by_list(p_ids bigint[])": "id = any (p_ids)",
    "by_second(p_kind text, p_id bigint)": "id = p_id",
    "by_flag(p_team uuid, p_all boolean)": "team_id = p_team and p_all",
    "by_page(p_team uuid, p_limit smallint default 10)": "team_id = p_team and p_limit > 0",
    "by_member(p_user uuid)": "team_id in (select team_id from public.team_members where user_id = p_user)",
    "by_search(p_text text)": "words ilike '%' || p_text || '%'",
  },
};
