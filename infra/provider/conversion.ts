import { createHash } from "node:crypto";
import type * as provider from "@pulumi/pulumi/proto/provider_pb.js";
import type { Struct as StructMessage } from "google-protobuf/google/protobuf/struct_pb.js";
import type { Kind } from "../resources/kind.ts";
import { type Difference, formatPath, isProperties, type Properties, type Value } from "../resources/properties.ts";
import { formatProblems, type Problem } from "./errors.ts";
import { LeanStruct } from "./lean-struct.ts";
import { providerMessages as messages } from "./protocol.ts";

/** How the engine writes a value that is known only after another resource was made. */
const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const seenKey = "__seenAtPreview";

export function checkResponse(result: Properties | Problem[]): provider.CheckResponse {
  const response = new messages.CheckResponse();
  if (!Array.isArray(result)) return response.setInputs(struct(result as Properties));
  return response.setFailuresList(
    result.map(({ path, message }) =>
      // The engine looks a property's value up to print it, and finds none for the path of a property in a property.
      path.length === 1
        ? new messages.CheckFailure().setProperty(formatPath(path)).setReason(message)
        : new messages.CheckFailure().setReason(formatProblems([{ path, message }])),
    ),
  );
}

export function diffResponse(kind: Kind, found: readonly Difference[]): provider.DiffResponse {
  const { DiffResponse, PropertyDiff } = messages;
  const response = new DiffResponse();
  response.setHasdetaileddiff(true);
  response.setChanges(found.length > 0 ? DiffResponse.DiffChanges.DIFF_SOME : DiffResponse.DiffChanges.DIFF_NONE);
  for (const { path, kind: change } of found) {
    const replaces = kind.replaceOn.includes(path[0] ?? "");
    const { Kind: kinds } = PropertyDiff;
    const [plainKind, replaceKind] = {
      add: [kinds.ADD, kinds.ADD_REPLACE],
      update: [kinds.UPDATE, kinds.UPDATE_REPLACE],
      delete: [kinds.DELETE, kinds.DELETE_REPLACE],
    }[change] as [provider.PropertyDiff.Kind, provider.PropertyDiff.Kind];
    const detail = new PropertyDiff();
    detail.setKind(replaces ? replaceKind : plainKind);
    detail.setInputdiff(true);
    response.getDetaileddiffMap().set(formatPath(path), detail);
  }
  // The one-line preview lists the properties that these two name, by their first part.
  const changed = [...new Set(found.map(({ path }) => path[0] ?? ""))];
  response.setDiffsList(changed);
  response.setReplacesList(changed.filter((key) => kind.replaceOn.includes(key)));
  return response;
}

/** The properties of a message, without the engine's and our own notes, which begin with two underscores. */
export function plain(struct: StructMessage | undefined): Properties {
  const properties = (struct?.toJavaScript() ?? {}) as Properties;
  return Object.fromEntries(Object.entries(properties).filter(([key]) => !key.startsWith("__")));
}

/** The note of what a resource looked like when its declaration was checked; undefined where the state has none. */
export function seenNote(struct: StructMessage | undefined): Properties {
  const note = ((struct?.toJavaScript() ?? {}) as Properties)[seenKey];
  return note === undefined ? {} : { [seenKey]: note };
}

/**
 * Checked inputs carry the fingerprint of what the resource looked like at that moment. A saved plan (`--save-plan`) holds the inputs,
 * so that `pulumi up --plan` is refused by the engine where somebody has changed the resource since.
 */
export function noteSeen(inputs: Properties, old: Properties): Properties {
  return {
    ...inputs,
    [seenKey]: createHash("sha256")
      .update(JSON.stringify(sortKeys(old)))
      .digest("base64url")
      .slice(0, 22),
  };
}

export function struct(properties: Properties): StructMessage {
  return LeanStruct.of({ properties });
}

export function holdsUnknown(value: Value): boolean {
  if (value === unknown) return true;
  if (Array.isArray(value)) return value.some(holdsUnknown);
  return isProperties(value) && Object.values(value).some(holdsUnknown);
}

/** The engine does not keep the order of keys. */
function sortKeys(value: Value): Value {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (!isProperties(value)) return value;
  const entries = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sortKeys(inner)]));
}
