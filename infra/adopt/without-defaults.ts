import type { Kind, NormaliseContext } from "../lifecycle/kind.ts";
import { normalise, withoutProperties } from "../lifecycle/normalise.ts";
import { isEqual, isProperties, type Path, type Properties, valueAt } from "../values/properties.ts";

/** Removes arguments that have the same meaning when they are left out. */
export async function withoutDefaults(
  kind: Kind,
  args: Properties,
  context: NormaliseContext,
  resourceName: string,
): Promise<Properties> {
  const named = kind.isNamedAfterResource && args.name === resourceName ? withoutProperties(args, ["name"]) : args;
  const declared = withoutProperties(named, kind.derived);
  const short = withoutStatedDefaults(kind, declared, named === args ? [] : [["name", resourceName]]);
  const wanted = await normalise(kind, short, context, resourceName);
  let result = short;
  for (const key of Object.keys(short)) {
    const less = withoutProperties(result, [key]);
    if (!kind.input.safeParse({ name: resourceName, ...less }).success && !kind.input.safeParse(less).success) continue;
    const normal = await normalise(kind, less, context, resourceName);
    if (!Array.isArray(normal) && !Array.isArray(wanted) && isEqual(normal as Properties, wanted as Properties))
      result = less;
  }
  return result;
}

/** Removes the defaults of the kind's arguments, at any depth. */
function withoutStatedDefaults(kind: Kind, args: Properties, more: readonly (readonly [string, string])[]): Properties {
  const parse = (input: Properties) => kind.input.safeParse({ ...input, ...Object.fromEntries(more) });
  const whole = parse(args);
  if (!whole.success) return args;
  let result = args;
  for (const path of pathsIn(args)) {
    if (valueAt(result, path) === undefined) continue;
    const less = withoutAt(result, path);
    const parsed = parse(less);
    if (parsed.success && isEqual(parsed.data as Properties, whole.data as Properties)) result = less;
  }
  return result;
}

/** The paths of all properties, outer ones first. */
function pathsIn(properties: Properties, path: Path = []): readonly Path[] {
  return Object.entries(properties).flatMap(([key, value]) => {
    const at = [...path, key];
    return [at, ...(isProperties(value) ? pathsIn(value, at) : [])];
  });
}

function withoutAt(properties: Properties, [key = "", ...rest]: Path): Properties {
  if (rest.length === 0) return withoutProperties(properties, [key]);
  return Object.fromEntries(
    Object.entries(properties).map(([name, value]) =>
      name === key && isProperties(value) ? [name, withoutAt(value, rest)] : [name, value],
    ),
  );
}
