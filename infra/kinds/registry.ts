import type { z } from "zod";
import { InputError } from "../errors/errors.ts";
import type { Kind } from "../lifecycle/kind.ts";
import type { Properties } from "../values/properties.ts";
import { kindOfToken, typeOfUrn } from "../values/urn.ts";
import { bucket } from "./bucket/kind.ts";
import { defaultPrivileges } from "./default-privileges/kind.ts";
import { exclusivePolicies } from "./exclusive-policies/kind.ts";
import { extension } from "./extension/kind.ts";
import { databaseFunction } from "./function/kind.ts";
import { functionAccess } from "./function-access/kind.ts";
import { migrations } from "./migrations/kind.ts";
import { perimeter } from "./perimeter/kind.ts";
import { policy } from "./policy/kind.ts";
import { publication } from "./publication/kind.ts";
import { role } from "./role/kind.ts";
import { schema } from "./schema/kind.ts";
import { sequenceAccess } from "./sequence-access/kind.ts";
import { tableAccess } from "./table-access/kind.ts";
import { trigger } from "./trigger/kind.ts";
import { viewAccess } from "./view-access/kind.ts";

/**
 * Every resource kind. To add a kind, add its folder and a line here; the provider, the package schema and the generic
 * tests follow.
 */
export const kinds: readonly Kind[] = [
  erase(role),
  erase(schema),
  erase(extension),
  erase(defaultPrivileges),
  erase(tableAccess),
  erase(viewAccess),
  erase(sequenceAccess),
  erase(policy),
  erase(exclusivePolicies),
  erase(databaseFunction),
  erase(functionAccess),
  erase(trigger),
  erase(publication),
  erase(bucket),
  erase(migrations),
  erase(perimeter),
];

const byName: ReadonlyMap<string, Kind> = new Map(kinds.map((kind) => [kind.name, kind]));

export function kindNamed(name: string): Kind | undefined {
  return byName.get(name);
}

/** @throws {InputError} if the resource is not of a kind of this provider */
export function kindOfUrn(urn: string): Kind {
  const type = typeOfUrn(urn);
  const kind = kindNamed(kindOfToken(type) ?? "");
  if (!kind) throw new InputError(`this provider has no resource kind ${type}`);
  return kind;
}

/**
 * Widens a kind's argument type. That is safe because the lifecycle only passes a kind what its own `input`,
 * `normalise` and `find` returned.
 */
function erase<Args extends Properties, Input extends z.ZodObject>(kind: Kind<Args, Input>): Kind {
  return kind as unknown as Kind;
}
