import { hash } from "node:crypto";
import type * as provider from "@pulumi/pulumi/proto/provider_pb.js";
import type { Struct as StructMessage } from "google-protobuf/google/protobuf/struct_pb.js";
import type { Parent } from "../desired/declarations.ts";
import { formatProblems, InputError, type Problem } from "../errors/errors.ts";
import type { Kind } from "../lifecycle/kind.ts";
import { keptKeys } from "../lifecycle/recognition.ts";
import {
  declaredKey,
  type NumberByKind,
  overloadsKey,
  parentsKey,
  tellsErrorsKey,
} from "../values/beside-properties.ts";
import {
  type Difference,
  formatPath,
  isProperties,
  type Path,
  type Properties,
  type Value,
} from "../values/properties.ts";
import { findPulumiMark, isUnknown } from "../values/pulumi-marks.ts";
import { PlainStruct } from "./plain-struct.ts";
import { providerMessages as messages } from "./protocol.ts";

const seenKey = "__seenAtPreview";

export function checkResponse(result: Properties | Problem[]): provider.CheckResponse {
  const response = new messages.CheckResponse();
  if (!Array.isArray(result)) return response.setInputs(struct(result as Properties));
  return response.setFailuresList(
    result.map(({ path, message }) =>
      // To print a property's value, the engine looks it up by name, and finds none for a nested property's path.
      path.length === 1
        ? new messages.CheckFailure().setProperty(formatPath(path)).setReason(message)
        : new messages.CheckFailure().setReason(formatProblems([{ path, message }])),
    ),
  );
}

/** @param ignored paths in the engine's syntax; what is within them is left out */
export function diffResponse(
  kind: Kind,
  differences: readonly Difference[],
  ignored: readonly string[],
): provider.DiffResponse {
  const isIgnored = (path: Path) =>
    path.some((_, index) => ignored.includes(enginePath(path.slice(0, index + 1)).text));
  const found = differences.filter(({ path }) => !isIgnored(path));
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
    const { text, isWhole } = enginePath(path);
    const detail = new PropertyDiff();
    detail.setKind(!isWhole ? kinds.UPDATE : replaces ? replaceKind : plainKind);
    detail.setInputdiff(true);
    response.getDetaileddiffMap().set(text, detail);
  }
  // The one-line preview lists the top-level properties that these two name.
  const changed = [...new Set(found.map(({ path }) => path[0] ?? ""))];
  response.setDiffsList(changed);
  response.setReplacesList(changed.filter((key) => kind.replaceOn.includes(key)));
  return response;
}

/**
 * A path in the engine's syntax. Within quotes, a backslash is literal except before a quotation mark, so a key that
 * ends in a backslash can't be quoted. If such a key needs quotes, the path ends before it.
 * @see https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/properties_path.go
 */
export function enginePath(path: Path): { readonly text: string; readonly isWhole: boolean } {
  let text = "";
  for (const [index, key] of path.entries()) {
    if (/^[A-Za-z_$][\w$]*$/.test(key) || (key.endsWith("\\") && !/[.[]/.test(key)))
      text += index === 0 ? key : `.${key}`;
    else if (key.endsWith("\\")) return { text, isWhole: false };
    else text += `["${key.replaceAll('"', '\\"')}"]`;
  }
  return { text, isWhole: true };
}

/** The properties of a message, without the engine's and our own internal ones, which start with two underscores. */
export function plain(struct: StructMessage | undefined): Properties {
  return declaredBy(struct).properties;
}

/** The inputs of a resource, with what the program says about itself. */
export interface Declared {
  readonly properties: Properties;
  /** Whether the program itself reports the error that a preview returns for the resource. */
  readonly tellsErrors: boolean;
  readonly parents: readonly Parent[] | undefined;
  /** The number of resources of each kind that the program declares; undefined if it does not say. */
  readonly declared: NumberByKind | undefined;
  /** The number of functions of the same name that the program declares; undefined if it does not say. */
  readonly overloads: number | undefined;
}

export function declaredBy(struct: StructMessage | undefined): Declared {
  const all = (struct?.toJavaScript() ?? {}) as Properties;
  const properties: { [key: string]: Value } = {};
  for (const key of Object.keys(all)) if (!key.startsWith("__")) properties[key] = all[key] as Value;
  const tellsErrors = all[tellsErrorsKey] === true;
  const parents = (all[parentsKey] ?? (tellsErrors ? [] : undefined)) as unknown as readonly Parent[] | undefined;
  return {
    properties,
    tellsErrors,
    parents,
    declared: all[declaredKey] as NumberByKind | undefined,
    overloads: numberOf(all[overloadsKey]),
  };
}

function numberOf(value: Value | undefined): number | undefined {
  return typeof value === "number" ? value : undefined;
}

/** The fingerprint of the resource's state when its declaration was checked; empty if there is none. */
export function fingerprintIn(struct: StructMessage | undefined): Properties {
  const note = ((struct?.toJavaScript() ?? {}) as Properties)[seenKey];
  return note === undefined ? {} : { [seenKey]: note };
}

/**
 * Adds the fingerprint of the resource's current state to checked inputs. A saved plan (`--save-plan`) contains the
 * inputs, so the engine refuses `pulumi up --plan` if somebody has changed the resource since.
 */
export function addFingerprint(inputs: Properties, old: Properties): Properties {
  return {
    ...inputs,
    [seenKey]: hash("sha256", JSON.stringify(sortKeys(old)), "base64url").slice(0, 22),
  };
}

/** What the state keeps about a resource in addition to its inputs. */
export function keptIn(outputs: StructMessage | undefined): Properties {
  return outputs instanceof PlainStruct ? outputs.pick(keptKeys) : {};
}

export function struct(properties: Properties): PlainStruct {
  return PlainStruct.of({ properties });
}

/** The live properties, in which a name may be any text. */
export function liveStruct(properties: Properties): PlainStruct {
  const mark = findPulumiMark(properties);
  if (mark !== undefined)
    throw new InputError(
      `something of it is called ${mark}, a name by which Pulumi marks values of its own and can't tell what is there; rename or drop it in the database`,
    );
  return struct(properties);
}

/**
 * Refuses, during an update, a value that `check` accepted because it seemed unknown. By then every value is known, and
 * a text that only looks unknown would be dropped.
 */
export function requireChecked(struct: StructMessage | undefined): Properties {
  if (((struct?.toJavaScript() ?? {}) as Properties)[seenKey] === undefined)
    throw new InputError(
      "a name or text of the declaration is one by which Pulumi marks values that are not known yet; write another",
    );
  return plain(struct);
}

export function holdsUnknown(value: Value): boolean {
  if (isUnknown(value)) return true;
  if (Array.isArray(value)) return value.some(holdsUnknown);
  return isProperties(value) && Object.values(value).some(holdsUnknown);
}

/** The engine does not preserve the order of keys. */
function sortKeys(value: Value): Value {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (!isProperties(value)) return value;
  const entries = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sortKeys(inner)]));
}
