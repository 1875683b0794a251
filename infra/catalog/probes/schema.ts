import { quoteLiteral } from "../../sql/quote.ts";
import type { Path } from "../../values/properties.ts";
import type { Probe } from "../probe.ts";
import { refused, variables } from "../server-function.ts";

/** Asks whether the schema exists once declared schemas and those of pending migrations do. */
export function probeSchema(path: Path, schema: string): Probe {
  return {
    path,
    functions: [schemaFunction],
    call: () => `pg_temp.palisade_schema(${quoteLiteral(schema)})`,
    read: () => undefined,
  };
}

const schemaFunction = `
create function pg_temp.palisade_schema(schema text) returns json language plpgsql as $probe$
declare ${variables};
begin
  if not exists (select from pg_namespace where nspname = schema) then
    raise invalid_schema_name using message = format('schema "%s" does not exist', schema), hint = format('Declare it as well: new Schema(%s)', to_json(schema));
  end if;
  return json_build_object('ok', true, 'canonical', '');
exception
  ${refused};
$probe$`;
