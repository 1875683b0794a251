/** A value of Pulumi's engine: JSON, without `undefined`. */
export type Value = null | boolean | number | string | readonly Value[] | Properties;
export interface Properties {
  readonly [key: string]: Value;
}

/** A value's path within a resource's properties: `["policies", "tasks_update", "using"]`. */
export type Path = readonly string[];

export interface Difference {
  readonly path: Path;
  readonly kind: "add" | "update" | "delete";
}

/** The differences between two sets of properties. Objects are compared key by key, everything else as a whole. */
export function differences(from: Properties, to: Properties): Difference[] {
  const found: Difference[] = [];
  if (!isEqual(from, to)) collect(from, to, [], found);
  return found;
}

export function isEqual(left: Value | undefined, right: Value | undefined): boolean {
  if (left === right) return true;
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((item, index) => isEqual(item, right[index]));
  }
  if (isProperties(left) && isProperties(right)) {
    const keys = Object.keys(left);
    return (
      keys.length === Object.keys(right).length &&
      keys.every((key) => Object.hasOwn(right, key) && isEqual(left[key], right[key]))
    );
  }
  return false;
}

export function valueAt(properties: Properties, path: Path): Value | undefined {
  let value: Value | undefined = properties;
  for (const key of path) {
    if (!isProperties(value) || !Object.hasOwn(value, key)) return undefined;
    value = value[key];
  }
  return value;
}

/** A copy with the value at the path replaced; the path's parents must exist. */
export function withValueAt<T extends Properties>(properties: T, path: Path, value: Value): T {
  return withValuesAt(properties, [[path, value]]);
}

/** A copy with the values at these paths replaced; each path's parents must exist. Objects on none of the paths are shared. */
export function withValuesAt<T extends Properties>(
  properties: T,
  values: Iterable<readonly [path: Path, value: Value]>,
): T {
  const copies = new Set<Properties>();
  const copy = (original: Properties): Changeable => {
    if (copies.has(original)) return original;
    const made = { ...original };
    copies.add(made);
    return made;
  };
  let changed: Properties = properties;
  for (const [path, value] of values) {
    if (path.length === 0) continue;
    changed = copy(changed);
    let parent: Changeable = changed;
    let depth = 0;
    for (; depth < path.length - 1; depth++) {
      const key = path[depth] as string;
      const inner = parent[key];
      if (!isProperties(inner)) break;
      const copied = copy(inner);
      if (copied !== inner) setOwn(parent, key, copied);
      parent = copied;
    }
    setOwn(parent, path[depth] as string, value);
  }
  return changed as T;
}

interface Changeable {
  [key: string]: Value;
}

/** Assigning to `__proto__` would change the object's prototype. */
export function setOwn(properties: Changeable, key: string, value: Value): void {
  if (key !== "__proto__") properties[key] = value;
  else Object.defineProperty(properties, key, { value, enumerable: true, writable: true, configurable: true });
}

/**
 * The path as Pulumi writes it: `policies.tasks_update.using`, `policies["a policy"].using`.
 * @see https://www.pulumi.com/docs/iac/concepts/options/ignorechanges/ (property paths)
 */
export function formatPath(path: readonly (string | number)[]): string {
  return path
    .map((key, index) => {
      if (typeof key === "number") return `[${key}]`;
      if (/^[A-Za-z_$][\w$]*$/.test(key)) return index === 0 ? key : `.${key}`;
      return `["${key.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"]`;
    })
    .join("");
}

/** The entry of that name, if there is one. Inherited ones, such as `constructor`, don't count. */
export function ownEntry<T>(record: { readonly [name: string]: T } | undefined, name: string): T | undefined {
  return record !== undefined && Object.hasOwn(record, name) ? record[name] : undefined;
}

export function isProperties(value: unknown): value is Properties {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function collect(from: Properties, to: Properties, path: Path, found: Difference[]): void {
  for (const key of new Set([...Object.keys(from), ...Object.keys(to)])) {
    const before = Object.hasOwn(from, key) ? from[key] : undefined;
    const after = Object.hasOwn(to, key) ? to[key] : undefined;
    if (isEqual(before, after)) continue;
    if (isProperties(before) && isProperties(after)) collect(before, after, [...path, key], found);
    else
      found.push({
        path: [...path, key],
        kind: before === undefined ? "add" : after === undefined ? "delete" : "update",
      });
  }
}
