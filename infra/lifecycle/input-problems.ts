import { z } from "zod";
import type { Problem } from "../errors/errors.ts";

type Issue = z.core.$ZodIssue;

/** The errors in a declaration's shape, one for each property, with what to write instead. */
export function inputProblems(type: z.ZodType, issues: readonly Issue[]): Problem[] {
  return issues.flatMap((issue) => {
    const path = issue.path.map((key) => (typeof key === "symbol" ? String(key) : key));
    if (issue.code !== "unrecognized_keys") return [{ path, message: describe(issue) }];
    const known = propertiesAt(type, path);
    const advice = known.length === 0 ? "leave it out" : `there are ${known.join(", ")}`;
    return issue.keys.map((key) => ({ path: [...path, key], message: `there is no such property; ${advice}` }));
  });
}

function describe(issue: Issue): string {
  switch (issue.code) {
    case "invalid_type":
      return issue.message.endsWith("received undefined")
        ? `it is missing; give it ${words[issue.expected] ?? issue.expected}`
        : `it must be ${words[issue.expected] ?? issue.expected}`;
    case "invalid_value":
      return `it must be one of ${issue.values.map((value) => JSON.stringify(value)).join(", ")}`;
    case "too_small":
      return issue.origin === "array" ? "the list is empty; name at least one" : issue.message;
    default:
      return issue.message;
  }
}

const words: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  boolean: "true or false",
  array: "a list",
  object: "an object with properties",
  record: "an object, by name",
};

/** The properties that an object at this path may have. */
function propertiesAt(type: z.ZodType, [key, ...rest]: readonly (string | number)[]): readonly string[] {
  const options = unwrap(type);
  if (key === undefined)
    return options.flatMap((option) => (option instanceof z.ZodObject ? Object.keys(option.shape) : []));
  return options.flatMap((option) => {
    if (option instanceof z.ZodObject)
      return key in option.shape ? propertiesAt(option.shape[key] as z.ZodType, rest) : [];
    if (option instanceof z.ZodRecord) return propertiesAt(option.valueType as z.ZodType, rest);
    return option instanceof z.ZodArray ? propertiesAt(option.element as z.ZodType, rest) : [];
  });
}

function unwrap(type: z.ZodType): readonly z.ZodType[] {
  if (type instanceof z.ZodOptional || type instanceof z.ZodDefault) return unwrap(type.unwrap() as z.ZodType);
  return type instanceof z.ZodUnion ? (type.options as z.ZodType[]).flatMap(unwrap) : [type];
}
