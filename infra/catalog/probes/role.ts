import { quoteLiteral, quoteRole } from "../../sql/quote.ts";
import type { Path } from "../../values/properties.ts";
import type { Probe } from "../probe.ts";
import { refused, variables } from "../server-function.ts";

/** Asks whether the role exists. */
export function probeRole(path: Path, role: string): Probe {
  return {
    path,
    functions: [roleFunction],
    call: () => `pg_temp.palisade_role(${quoteLiteral(quoteRole(role))})`,
    read: () => undefined,
  };
}

/** If a role does not exist, it may be a keyword of GRANT, or be spelled differently. */
const roleFunction = `
create function pg_temp.palisade_role(role text) returns json language plpgsql as $probe$
declare ${variables}; wanted text := lower((parse_ident(role))[1]);
begin
  if role <> 'public' then
    begin
      perform role::regrole;
    exception when undefined_object then
      get stacked diagnostics message = message_text;
      raise undefined_object using message = message, hint = coalesce(case
        when wanted = 'public' then 'Everybody is written public, in small letters'
        when wanted in ('current_user', 'current_role', 'session_user', 'user') then format('Write the name of the role itself, such as %s', current_user)
        else (select 'Perhaps you meant ' || string_agg(rolname, ' or ' order by rolname) from pg_roles where lower(rolname) = wanted) end, '');
    end;
  end if;
  return json_build_object('ok', true, 'canonical', '');
exception
  ${refused};
$probe$`;
