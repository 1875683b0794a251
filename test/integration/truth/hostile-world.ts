import fc from "fast-check";
import { hostileName, hostileRole, hostileText } from "../../support/hostile.ts";

/** Names and texts for one of everything. */
export const world = fc.record({
  schema: hostileName.filter(
    (name) => !name.startsWith("pg_") && !["auth", "storage", "realtime", "public", "private"].includes(name),
  ),
  table: hostileName,
  view: hostileName,
  sequence: hostileName,
  routine: hostileName,
  fires: hostileName,
  column: hostileName.filter((name) => !systemColumns.includes(name) && name !== "key"),
  type: hostileName,
  policy: hostileName,
  otherPolicy: hostileName,
  intruder: fc.oneof({ weight: 9, arbitrary: hostileName }, { weight: 1, arbitrary: fc.constant("__proto__") }),
  role: hostileRole,
  newRole: hostileRole,
  function: hostileName,
  argument: hostileName,
  publication: hostileName,
  bucket: fc.stringMatching(/^[\w!.*'()&$@=;:+,?-][\w!.*'() &$@=;:+,?-]{0,60}[\w!.*'()&$@=;:+,?-]$/),
  text: hostileText,
  otherText: hostileText,
});
export type World = typeof world extends fc.Arbitrary<infer T> ? T : never;

/** What the random names found before, and names that have been marks. */
export const foundBefore: readonly World[] = [
  {
    ...{
      schema: "0",
      table: '"',
      view: "a",
      sequence: "*",
      routine: "a()",
      fires: "1",
      column: "*",
      type: "a",
      policy: '"',
      otherPolicy: `"${"x".repeat(62)}`,
      intruder: "a",
      role: '"',
      newRole: "'",
    },
    ...{ function: '"', argument: '"', publication: '"', bucket: "*a", text: "", otherText: "" },
  },
  {
    ...{
      schema: "constructor",
      table: "a/b",
      view: "x/y",
      sequence: "a.b",
      routine: "x",
      fires: "new",
      column: "true",
      type: 'x("',
      policy: "__defaults",
      otherPolicy: "0",
      intruder: "__proto__",
    },
    ...{
      role: "all",
      newRole: "true",
      function: "f(text)",
      argument: "*",
      publication: "__seenAtPreview",
      bucket: "a.b",
      text: "*",
      otherText: "*",
    },
  },
];
const systemColumns = ["ctid", "xmin", "xmax", "cmin", "cmax", "tableoid"];
