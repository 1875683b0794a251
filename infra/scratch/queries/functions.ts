import { isOwn, isUsers, keyOf } from "../item.ts";

/** Functions and procedures, as the server prints them. Those of a type (a range's) are created together with it. */
export const functions = `
  select 'function' as kind, ${keyOf("pg_proc", "p.oid")} as key, p.oid::regprocedure::text as name, n.nspname::text as schema,
    pg_get_userbyid(p.proowner)::text as owner,
    case when p.prokind <> 'a' then pg_get_functiondef(p.oid) else format('create aggregate %I.%I(%s) (%s)', n.nspname, p.proname, coalesce(nullif(pg_get_function_arguments(p.oid), ''), '*'),
      (select concat_ws(', ', 'sfunc = ' || a.aggtransfn, 'stype = ' || format_type(a.aggtranstype, null), 'sspace = ' || nullif(a.aggtransspace, 0),
        'finalfunc = ' || nullif(a.aggfinalfn, 0)::regproc, case when a.aggfinalextra then 'finalfunc_extra' end,
        'combinefunc = ' || nullif(a.aggcombinefn, 0)::regproc, 'serialfunc = ' || nullif(a.aggserialfn, 0)::regproc, 'deserialfunc = ' || nullif(a.aggdeserialfn, 0)::regproc,
        'initcond = ' || quote_literal(a.agginitval), 'msfunc = ' || nullif(a.aggmtransfn, 0)::regproc, 'minvfunc = ' || nullif(a.aggminvtransfn, 0)::regproc,
        'mstype = ' || format_type(nullif(a.aggmtranstype, 0), null), 'mfinalfunc = ' || nullif(a.aggmfinalfn, 0)::regproc, 'minitcond = ' || quote_literal(a.aggminitval),
        'sortop = ' || (select format('operator(%I.%s)', so.nspname, o.oprname) from pg_operator o join pg_namespace so on so.oid = o.oprnamespace where o.oid = a.aggsortop),
        'parallel = ' || case p.proparallel when 's' then 'safe' when 'r' then 'restricted' else 'unsafe' end, case when a.aggkind = 'h' then 'hypothetical' end)
      from pg_aggregate a where a.aggfnoid = p.oid)) end
    || format('; alter routine %s owner to %I', p.oid::regprocedure, pg_get_userbyid(p.proowner)) as "create"
  from pg_proc p join pg_namespace n on n.oid = p.pronamespace
  where ${isUsers} and ${isOwn("pg_proc", "p.oid")}
    and not exists (select from pg_depend i where i.classid = 'pg_proc'::regclass and i.objid = p.oid and i.deptype = 'i')`;

/** Casts from a range to its multirange are created together with the range. */
export const casts = `
  select 'cast' as kind, ${keyOf("pg_cast", "c.oid")} as key, t.name,
    format('create cast (%s) %s%s', t.name,
      case c.castmethod when 'f' then 'with function ' || c.castfunc::regprocedure when 'i' then 'with inout' else 'without function' end,
      case c.castcontext when 'a' then ' as assignment' when 'i' then ' as implicit' else '' end) as "create"
  from pg_cast c cross join lateral (select format('%s as %s', format_type(c.castsource, null), format_type(c.casttarget, null)) as name) as t
  where ${isOwn("pg_cast", "c.oid")}
    and not exists (select from pg_depend i where i.classid = 'pg_cast'::regclass and i.objid = c.oid and i.deptype = 'i')`;

/** A SQL expression for what follows if it is not simply enabled. */
const state = (enabled: string, statement: (what: string) => string) => `
      case when ${enabled} <> 'O' then ${statement(`case ${enabled} when 'D' then 'disable' when 'R' then 'enable replica' else 'enable always' end`)} else '' end`;

/**
 * A trigger belongs to the platform if its function does: the table may be the platform's, and the trigger the
 * project's.
 */
export const triggers = `
  select 'trigger' as kind, ${keyOf("pg_trigger", "t.oid")} as key, format('%I on %I.%I', t.tgname, n.nspname, c.relname) as name,
    pn.nspname::text as schema, pg_get_userbyid(p.proowner)::text as owner,
    pg_get_triggerdef(t.oid) || ${state("t.tgenabled", (what) => `format('; alter table %I.%I %s trigger %I', n.nspname, c.relname, ${what}, t.tgname)`)} as "create"
  from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
    join pg_proc p on p.oid = t.tgfoid join pg_namespace pn on pn.oid = p.pronamespace
  where ${isUsers} and not t.tgisinternal and t.tgparentid = 0 and ${isOwn("pg_trigger", "t.oid")}`;

export const rules = `
  select 'rule' as kind, ${keyOf("pg_rewrite", "r.oid")} as key, format('%I on %I.%I', r.rulename, n.nspname, c.relname) as name,
    n.nspname::text as schema, pg_get_userbyid(c.relowner)::text as owner,
    pg_get_ruledef(r.oid) || ${state("r.ev_enabled", (what) => `format('; alter table %I.%I %s rule %I', n.nspname, c.relname, ${what}, r.rulename)`)} as "create"
  from pg_rewrite r join pg_class c on c.oid = r.ev_class join pg_namespace n on n.oid = c.relnamespace
  where ${isUsers} and r.rulename <> '_RETURN' and ${isOwn("pg_class", "c.oid")}`;

export const eventTriggers = `
  select 'event trigger' as kind, ${keyOf("pg_event_trigger", "t.oid")} as key, t.evtname::text as name, pn.nspname::text as schema,
    pg_get_userbyid(p.proowner)::text as owner,
    format('create event trigger %I on %I%s execute function %s()', t.evtname, t.evtevent,
      (select format(' when tag in (%s)', string_agg(quote_literal(tag), ', ')) from unnest(t.evttags) as tag having count(*) > 0), t.evtfoid::regproc)
    || ${state("t.evtenabled", (what) => `format('; alter event trigger %I %s', t.evtname, ${what})`)} as "create"
  from pg_event_trigger t join pg_proc p on p.oid = t.evtfoid join pg_namespace pn on pn.oid = p.pronamespace
  where ${isOwn("pg_event_trigger", "t.oid")}`;
