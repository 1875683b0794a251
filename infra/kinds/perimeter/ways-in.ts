import { type Finding, formatObject } from "../../access/reach/finding.ts";
import { isMadeByPlatform } from "../../sql/platform-schemas.ts";
import type { Perimeter } from "./kind.ts";

/** The findings that a perimeter covers: those in its schemas or in no schema, without its exceptions. */
export function waysIn(findings: readonly Finding[], { schemas, except }: Perimeter): readonly Finding[] {
  const excepted = new Set(except.map(({ object }) => object));
  const isWithin = ({ schema }: Finding) =>
    schema === undefined || schemas === undefined || schemas.includes(schema) || isMadeByPlatform(schema);
  return findings.filter((finding) => isWithin(finding) && !excepted.has(formatObject(finding.object)));
}

/** Exceptions that match no finding, or no longer do. */
export function unusedExceptions(findings: readonly Finding[], { except }: Perimeter): readonly string[] {
  const found = new Set(findings.map(({ object }) => formatObject(object)));
  return except.map(({ object }) => object).filter((object) => !found.has(object));
}
