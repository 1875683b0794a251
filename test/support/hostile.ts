import fc from "fast-check";

/** Pieces that end, begin or change something in SQL, JavaScript or a terminal, and letters of every Unicode plane. */
const pieces = [
  ..."\"'`\\;$.,()[]{}%&*/+-=<>|!?@#^~: \t\n\r",
  ...[
    "--",
    "/*",
    "*/",
    "$$",
    "$1",
    "$tag$",
    "''",
    '""',
    "\\'",
    "E'",
    "U&'",
    "\\x00",
    "%s",
    "%I",
    "$" + "{x}",
    "};",
    "); drop table canary; --",
    "*/;/*",
  ],
  ...[
    "ä",
    "ß",
    "é",
    "e\u0301",
    "名前",
    "한글",
    "עברית",
    "\u202e",
    "\u200b",
    "\ufeff",
    "\u2028",
    "😀",
    "👩‍👩‍👧",
    "𝒜",
    "𐀀",
    "\u{1fffd}",
    "\u{2fffd}",
    "\u{e0001}",
    "\u{10fffd}",
  ],
  ...[
    "select",
    "user",
    "public",
    "null",
    "true",
    "constructor",
    "toString",
    "hasOwnProperty",
    "__x",
    "pg",
    "a",
    "B",
    "0",
    "_",
  ],
];

/** Whole names that PostgreSQL allows, and that something here or in Pulumi might take for a mark of its own. */
const possibleMarks = [
  ...[
    "*",
    "-",
    "true",
    "false",
    "null",
    "undefined",
    "all",
    "ALL",
    "PUBLIC",
    "everybody",
    "current_user",
    "prisma",
    "failed",
  ],
  ...["select", "select with grant option", " with grant option", "with", "usage"],
  ...[
    "__seenAtPreview",
    "__defaults",
    "__provider",
    "__x",
    "fingerprints",
    "policies",
    "grants",
    "roles",
    "table",
    "id",
    "urn",
  ],
  ...[
    "0",
    "1",
    "10",
    "-1",
    "1.5",
    "length",
    "constructor",
    "toString",
    "hasOwnProperty",
    "valueOf",
    "then",
    "toJSON",
    "$table",
  ],
  ...[
    "public.tasks",
    "storage.objects/a",
    "a/b",
    "a.b",
    "a/",
    "/",
    "f(text)",
    "f(",
    "a, b",
    "x[]",
    "[0]",
    '["a"]',
    'a"].b',
    "*.*",
  ],
  ...[
    "on",
    "policy",
    "urn:pulumi:a::b::c::d",
    "::",
    "palisade_probe",
    "palisade_copy_0",
    "-- x",
    "Output<T>",
    "[secret]",
  ],
];

const piece = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...pieces) },
  fc.string({ unit: "binary", minLength: 1, maxLength: 4 }),
);

/** Any text that PostgreSQL can hold. */
export const hostileText = fc
  .array(piece, { maxLength: 12 })
  .map((parts) => parts.join(""))
  .filter((text) => text.isWellFormed() && !text.includes("\0"));

const composedName = fc
  .tuple(fc.array(piece, { minLength: 1, maxLength: 10 }), fc.boolean())
  .map(([parts, isFull]) => {
    const name = cut(parts.join("").toWellFormed().replaceAll("\0", "0"));
    return isFull ? name + "x".repeat(63 - Buffer.byteLength(name)) : name;
  })
  .filter((name) => name !== "" && name !== "__proto__");

/** Any name that PostgreSQL can hold: 1 to 63 bytes, some of exactly 63; without the few that JavaScript and Pulumi keep for themselves. */
export const hostileName = fc.oneof(
  { weight: 4, arbitrary: composedName },
  { weight: 1, arbitrary: fc.constantFrom(...possibleMarks) },
);

/** A role of a declaration: no name of PostgreSQL's own, and not the word for everybody. */
export const hostileRole = hostileName.filter(
  (name) => name !== "public" && name !== "none" && !name.startsWith("pg_"),
);

/** Pieces of SQL, put together without sense: most is no expression, and some would be two. */
export const hostileCondition = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        "true",
        "id",
        "(",
        ")",
        "(true)",
        "and",
        "or",
        "not",
        "'",
        "''",
        '"',
        "$$",
        "--",
        "/*",
        "*/",
        "\n",
        ";",
        ",",
        "=",
        "1",
        "a.b",
        "select 1",
        "(select 1)",
        "::text",
        "in (1)",
        "drop table x",
        "as y",
        "*",
        "x => 1",
      ),
      hostileText.map((text) => `'${text.replaceAll("'", "''")}'`),
    ),
    { minLength: 1, maxLength: 8 },
  )
  .chain((parts) => fc.constantFrom(" ", "").map((space) => parts.join(space)));

/** Cuts as PostgreSQL would, at a letter's end. */
function cut(name: string): string {
  let kept = "";
  for (const letter of name) {
    if (Buffer.byteLength(kept + letter) > 63) break;
    kept += letter;
  }
  return kept;
}
