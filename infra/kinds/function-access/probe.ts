import type { Probe } from "../../catalog/probe.ts";
import { refused, variables } from "../../catalog/server-function.ts";
import { questionOnUse } from "../../catalog/use.ts";
import { quoteLiteral } from "../../sql/quote.ts";
import { quoteSignature, splitSignature } from "../../sql/signature.ts";
import type { Path } from "../../values/properties.ts";

/** Asks whether the function, procedure or aggregate exists and does not belong to an extension. */
export function probeRoutine(path: Path, signature: string): Probe {
  const { schema, name } = splitSignature(signature);
  const [inSchema, named] = [quoteLiteral(schema), quoteLiteral(name)];
  return {
    path,
    functions: [routineFunction],
    call: () =>
      `pg_temp.palisade_routine(${quoteLiteral(quoteSignature(signature))}, ${quoteLiteral(signature)}, ${inSchema}, ${named})`,
    read: () => undefined,
    // Migrations are parsed without argument types. If there are several functions of the name, it is not known which
    // one they drop.
    askUse: () =>
      questionOnUse(
        [],
        () => `(select json_build_object('ok', true, 'uses', case when count(*) <> 1 then '[]'::json
          else json_build_array(json_build_object('kind', 'function', 'schema', ${inSchema}, 'name', ${named})) end)
          from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname = ${inSchema} and p.proname = ${named})`,
      ),
  };
}

/** Asks whether it can have this property, which aggregates can't. Whether it exists is a separate question. */
export function probeProperty(path: Path, signature: string): Probe {
  return {
    path,
    functions: [propertyFunction],
    call: () =>
      `pg_temp.palisade_routine_property(${quoteLiteral(quoteSignature(signature))}, ${quoteLiteral(signature)}, ${quoteLiteral(path.join("."))})`,
    read: () => undefined,
  };
}

const routineFunction = `
create function pg_temp.palisade_routine(quoted text, signature text, in_schema text, named text) returns json language plpgsql as $probe$
declare ${variables}; found oid := to_regprocedure(quoted); extension text; others text;
begin
  if found is null then
    select string_agg(p.oid::regprocedure::text, ' or ' order by p.oid::regprocedure::text) into others
      from pg_proc p join pg_namespace n on n.oid = p.pronamespace where lower(p.proname) = lower(named) and (n.nspname = in_schema or p.proname = named);
    raise undefined_function using message = format('function %s does not exist', signature), hint = coalesce('Perhaps you meant ' || others, '');
  end if;
  select e.extname into extension from pg_depend d join pg_extension e on e.oid = d.refobjid
    where d.classid = 'pg_proc'::regclass and d.objid = found and d.deptype = 'e';
  if extension is not null then
    raise object_not_in_prerequisite_state using message = format('%s belongs to the extension %s, and goes with it', signature, extension),
      hint = 'Declare functions of your own';
  end if;
  return json_build_object('ok', true, 'canonical', '');
exception
  ${refused};
$probe$`;

const propertyFunction = `
create function pg_temp.palisade_routine_property(signature text, name text, property text) returns json language plpgsql as $probe$
declare ${variables};
begin
  perform from pg_proc where oid = to_regprocedure(signature) and prokind = 'a';
  if found then
    raise wrong_object_type using message = format('%s is an aggregate, which has no such property: leave %s out', name, property);
  end if;
  return json_build_object('ok', true, 'canonical', '');
exception
  ${refused};
$probe$`;
