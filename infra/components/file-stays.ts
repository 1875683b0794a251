import type * as pulumi from "@pulumi/pulumi";
import { DatabaseFunction } from "../kinds/function/resource.ts";
import { formatName } from "../sql/names.ts";
import { quoteLiteral } from "../sql/quote.ts";

/**
 * The function that a bucket's policy calls for an updated file. It returns whether the file stays in its bucket and its first folder, and
 * whether its owner is unchanged or becomes the caller.
 *
 * The condition of a policy sees only the new row, and one permissive policy may allow the old row while another allows the new one. So the
 * function reads the old row itself, with its owner's rights. It is VOLATILE to see the latest version of the row: if another upload of the
 * same name has just been committed, PostgreSQL updates a row that is not in the statement's snapshot. It is written in PL/pgSQL, which
 * plans the query once per session.
 *
 * It is created in `extensions`, which every project has and the API does not expose.
 */
export function declareFileStays(bucket: string, inFolder: boolean, parent: pulumi.Resource): DatabaseFunction {
  const own = quoteLiteral(bucket);
  const folder = (path: string) => `(storage.foldername(${path}))[1]`;
  const sameFolder = inFolder ? `\n    and ${folder("file.name")} is not distinct from ${folder("new_name")}` : "";
  const body = `
declare
  file record;
  caller text := auth.jwt() ->> 'sub';
begin
  select stored.bucket_id, stored.name, stored.owner, stored.owner_id into file
  from storage.objects as stored where stored.id = file_id;
  if not found then
    return false;
  end if;
  if ${own} not in (file.bucket_id, new_bucket_id) then
    return true;
  end if;
  return file.bucket_id = new_bucket_id${sameFolder}
    and (new_owner is not distinct from file.owner or new_owner::text = lower(caller))
    and (new_owner_id is not distinct from file.owner_id or new_owner_id = caller);
end
`;
  const definition = `create or replace function extensions.${formatName(`${bucket}_stays`)}(
  file_id uuid, new_bucket_id text, new_name text, new_owner uuid, new_owner_id text
)
returns boolean
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as ${quoteLiteral(body)}`;
  const execute = ["anon", "authenticated"];
  return new DatabaseFunction(`${bucket}_stays`, { definition, execute }, { parent });
}
