import { existsSync } from "node:fs";
import { join } from "node:path";
import { kinds } from "../../infra/kinds/registry.ts";
import { classNameOf } from "../../infra/lifecycle/adoptable.ts";
import type { Kind } from "../../infra/lifecycle/kind.ts";
import type { Sample } from "./sample.ts";

/** A kind's sample, with the kind's name. */
export interface KindSample extends Sample {
  readonly kind: string;
}

/** Of every kind in the registry. A kind that has none fails every suite that reads them. */
export const samples: readonly KindSample[] = await Promise.all(kinds.map(readSample));

/** Those of which a database may have several, each an object that the kind's own statements make. */
export const objectSamples = samples.filter(({ kind }) => kinds.some(({ name, execute }) => name === kind && !execute));

/** The classes by which programs declare them. */
export const classNames = kinds.map(classNameOf);

/** SQL that makes what all samples share. Roles belong to the server, so they may be there already. */
export const sharedSetup = `
  create schema private;
  do $$ declare name text; begin
    foreach name in array array['drift_owner', 'drift_publisher', 'drift_role', 'drift_agent'] loop
      if not exists (select from pg_roles where rolname = name) then execute format('create role %I', name); end if;
      execute format('grant %I to postgres', name);
    end loop;
  end $$;
  grant usage, create on schema public, private to drift_owner;
  do $$ begin execute format('grant create on database %I to drift_publisher', current_database()); end $$`;

/** `infra/kinds/table-access` and `test/kinds/table-access` are the folders of `TableAccess`. */
export function folderOf(kind: string): string {
  return kind.replaceAll(/(?<=.)[A-Z]/g, "-$&").toLowerCase();
}

async function readSample({ name }: Kind): Promise<KindSample> {
  const file = `${folderOf(name)}/sample.ts`;
  if (!existsSync(join(import.meta.dirname, file))) throw new Error(`the kind ${name} has no test/kinds/${file}`);
  const { sample } = (await import(`./${folderOf(name)}/sample.ts`)) as { readonly sample: Sample };
  return { kind: name, ...sample };
}
