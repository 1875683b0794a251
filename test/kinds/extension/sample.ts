import type { RefusedDeclaration, Sample } from "../sample.ts";

/** The server says which extensions there are, so each object has one of its own, in a version that every major has. */
const extensions: Readonly<Record<string, readonly [name: string, version: string]>> = {
  extension_0: ["ltree", "1.2"],
  extension_hand_0: ["citext", "1.6"],
  extension_hand_1: ["hstore", "1.8"],
  extension_hand_2: ["dict_int", "1.0"],
  untouched_extension: ["pg_trgm", "1.6"],
};
const extensionOf = (key: string) => extensions[key] ?? (["tcn", "1.0"] as const);

const made = (title: string, input: object, property: string, says: RegExp): RefusedDeclaration => ({
  title: `an extension ${title}`,
  kind: "Extension",
  input: { name: "unaccent", ...input },
  property,
  says,
});

const installed =
  "select array_agg(extname::text order by extname) as names from pg_extension where extname in ('isn', 'lo')";

export const sample: Sample = {
  input: (key) => {
    const [name, version] = extensionOf(key);
    return { name, version, schema: "extensions" };
  },
  others: { schema: "public" },
  identity: ["name"],
  // No statement takes an extension back to an older version.
  byHand: ["version"],
  drifts: [
    {
      title: "makes it again in an older version",
      sql: () =>
        "drop extension citext; set role postgres; create extension citext schema extensions version '1.5'; reset role",
      shown: ["version"],
    },
    {
      title: "makes it again, older and elsewhere",
      sql: () =>
        "drop extension hstore; set role postgres; create extension hstore schema public version '1.7'; reset role",
      shown: ["schema", "version"],
    },
    { title: "drops it", sql: () => "drop extension dict_int", shown: "created" },
  ],
  imports: {
    accepted: [
      ["pgcrypto", "pgcrypto"],
      ['"uuid-ossp"', "uuid-ossp"],
      ["uuid-ossp", "uuid-ossp"],
    ],
    refused: [
      ["PgCrypto", "the extension PgCrypto does not exist. Write 'pgcrypto'"],
      ["unaccent", "the extension unaccent does not exist"],
    ],
  },
  refused: [
    made(
      "that the server does not have",
      { name: "postgis_of_mine" },
      "name",
      /has no extension postgis_of_mine; it has .*pg_trgm/,
    ),
    made("that is mistyped", { name: "pgtrgm" }, "name", /has no extension pgtrgm; perhaps you meant pg_trgm/),
    made("without a name", { name: "" }, "name", /can't be empty/),
    made(
      "in a version that there is not",
      { version: "9.9" },
      "version",
      /has no version 9\.9 of unaccent; it has .*1\.1/,
    ),
    made(
      "in an older version than the one that is there",
      { name: "pg_stat_statements", version: "1.4" },
      "version",
      /no update leads from version 1\.\d/,
    ),
    made("in a version that is a number", { version: 1.1 }, "version", /it must be a text/),
    made(
      "in a schema that there is not",
      { schema: "extension" },
      "schema",
      /schema "extension" does not exist\. Declare it as well: new Schema\("extension"\)/,
    ),
    made(
      "in a schema that it can't be in",
      { name: "plpgsql" },
      "schema",
      /plpgsql can only be in the schema pg_catalog/,
    ),
    made("with a property that there is not", { cascade: true }, "cascade", /there is no such property; there are /),
    {
      title: "one extension twice",
      kind: "Extension",
      beside: [{ kind: "Extension", name: "first", input: { name: "unaccent" } }],
      input: { name: "unaccent" },
      property: "",
      says: /the extension unaccent already belongs to the resource first/,
    },
  ],
  replacements: {
    name: {
      program: (age) => `new Extension("replaced extension", { name: "${age === "old" ? "isn" : "lo"}" });`,
      after: [installed, { names: ["lo"] }],
    },
  },
  withoutReach: {
    reachAfter: "what is in it is the extension's, and only the server knows it",
    answersFor: "what is in it is the extension's, which nobody has to declare",
  },
  hostile: "the server says which names there are, and others are refused",
};
