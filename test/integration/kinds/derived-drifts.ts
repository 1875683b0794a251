import { z } from "zod";
import type { Server } from "../../../infra/catalog/catalog.ts";
import { normalise as normaliseInput } from "../../../infra/lifecycle/normalise.ts";
import { isEqual, isProperties, type Properties, type Value, withValueAt } from "../../../infra/values/properties.ts";
import type { KindSample } from "../../kinds/index.ts";
import { kindOf, unconnected } from "../truth/direct.ts";

/** One way in which a declaration could be another one: made behind the stack's back, it is drift. */
export interface DerivedDrift {
  /** `policies.read.using: another value` */
  readonly title: string;
  /** The property as the kind's fields name it, `policies.*.using`. */
  readonly property: string;
  /** The sample and the other declaration, in normal form. */
  readonly declared: Properties;
  readonly changed: Properties;
}

/** Every property that a kind's fields know, `policies.*.using`. */
export function propertiesOf(kindName: string): string[] {
  return [...walk(kindOf(kindName).input, [])];
}

/** Every other declaration that differs from a sample in one property, made from the kind's own fields; those the kind refuses are none. */
export async function deriveDrifts(sample: KindSample, key: string, server: Server): Promise<DerivedDrift[]> {
  const { settings = [] } = kindOf(sample.kind);
  const untried = [...settings, ...sample.identity, ...(sample.byHand ?? [])];
  if (propertiesOf(sample.kind).every((property) => untried.includes(property))) return [];
  const normalise = (input: Properties) =>
    normaliseInput(kindOf(sample.kind), input, { server, operation: unconnected(), old: undefined });
  const declared = await normalise(sample.input(key));
  if (Array.isArray(declared)) throw new Error(`${sample.kind}: ${JSON.stringify(declared)}`);
  const found: DerivedDrift[] = [];
  for (const { input, ...mutation } of listInputs(sample, key)) {
    const changed = await normalise(input);
    if (Array.isArray(changed) || isEqual(changed as Properties, declared as Properties)) continue;
    found.push({ ...mutation, declared: declared as Properties, changed: changed as Properties });
  }
  return found;
}

interface OtherInput {
  readonly title: string;
  readonly property: string;
  readonly input: Properties;
}

function listInputs(sample: KindSample, key: string): OtherInput[] {
  const input = sample.input(key);
  const found: OtherInput[] = [];
  const visit = (
    type: z.ZodType,
    value: Value | undefined,
    path: readonly string[],
    pattern: readonly string[],
  ): void => {
    const property = pattern.join(".");
    if (value === undefined || [...sample.identity, ...(sample.byHand ?? [])].includes(property)) return;
    const add = (change: string, next: Value | undefined, at = path) =>
      found.push({
        title: `${at.join(".")}: ${change}`,
        property,
        input: next === undefined ? without(input, at) : withValueAt(input, at, next),
      });
    const other = replaceKey(sample.others[property], key);
    const inner = unwrap(type, value);
    if (inner instanceof z.ZodObject) {
      for (const [name, field] of Object.entries(inner.shape)) {
        visit(field as z.ZodType, (value as Properties)[name], [...path, name], [...pattern, name]);
      }
    } else if (inner instanceof z.ZodRecord) {
      const entries = Object.entries(value as Properties);
      const [first] = entries;
      if (first) add("removed", undefined, [...path, first[0]]);
      for (const [name, entry] of Object.entries((other ?? {}) as Properties)) add("added", entry, [...path, name]);
      for (const [name, entry] of entries) {
        const entryPattern = [...pattern, "*"];
        const replacement = replaceKey(sample.others[entryPattern.join(".")], key);
        if (isProperties(replacement) && isProperties(entry)) {
          found.push({
            title: `${[...path, name].join(".")}: replaced`,
            property: entryPattern.join("."),
            input: withValueAt(input, [...path, name], replacement),
          });
        }
        visit(inner.valueType as z.ZodType, entry, [...path, name], entryPattern);
      }
    } else if (inner instanceof z.ZodArray) {
      const items = value as readonly Value[];
      const choices =
        inner.element instanceof z.ZodEnum
          ? (inner.element.options as Value[]).filter((option) => !items.includes(option))
          : [];
      const more = choices[0] ?? other;
      if (items.length > 1) add("an item removed", items.slice(1));
      if (more !== undefined) add("an item added", [...items, more]);
    } else if (inner instanceof z.ZodEnum) {
      for (const option of inner.options as Value[]) if (option !== value) add(`"${option}"`, option);
    } else if (inner instanceof z.ZodBoolean) {
      add(String(!value), !value);
    } else if (other !== undefined) {
      add("another value", other);
    }
    if (type instanceof z.ZodOptional && path.length > 0 && !(inner instanceof z.ZodObject)) add("removed", undefined);
  };
  visit(kindOf(sample.kind).input, input, [], []);
  return found;
}

function* walk(type: z.ZodType, pattern: readonly string[]): Generator<string> {
  for (const option of options(type)) {
    if (option instanceof z.ZodObject) {
      for (const [name, field] of Object.entries(option.shape)) {
        yield [...pattern, name].join(".");
        yield* walk(field as z.ZodType, [...pattern, name]);
      }
    } else if (option instanceof z.ZodRecord) yield* walk(option.valueType as z.ZodType, [...pattern, "*"]);
  }
}

/** The types that a value may have, without "may be left out" and "or this by default". */
function options(type: z.ZodType): z.ZodType[] {
  if (type instanceof z.ZodOptional || type instanceof z.ZodDefault) return options(type.unwrap() as z.ZodType);
  if (type instanceof z.ZodUnion) return (type.options as z.ZodType[]).flatMap(options);
  return [type];
}

/** The one type that this value has. */
function unwrap(type: z.ZodType, value: Value): z.ZodType {
  return options(type).find((option) => option.safeParse(value).success) ?? type;
}

function without(properties: Properties, [key = "", ...rest]: readonly string[]): Properties {
  const inner = properties[key];
  if (rest.length > 0 && isProperties(inner)) return { ...properties, [key]: without(inner, rest) };
  return Object.fromEntries(Object.entries(properties).filter(([name]) => name !== key));
}

function replaceKey(value: Value | undefined, key: string): Value | undefined {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value).replaceAll("drift_*", `drift_${key}`));
}
