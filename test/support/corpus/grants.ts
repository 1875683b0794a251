/** What a program writes as the grants of one table; each is tried on a table of its own. */
export const grantCases: readonly Readonly<Record<string, unknown>>[] = [
  {},
  { authenticated: "all" },
  { authenticated: ["all"] },
  { authenticated: { all: true } },
  { authenticated: ["ALL"], anon: ["SELECT"] },
  { authenticated: ["select"] },
  { authenticated: ["update", "select", "delete", "insert"] },
  { authenticated: ["Select", "INSERT", " update "] },
  { authenticated: ["select", "select"] },
  { authenticated: { select: true, update: ["title"] } },
  { authenticated: { update: ["title", "status", "title"], select: true } },
  { authenticated: { SELECT: true, Update: ["title"] } },
  {
    authenticated: {
      select: ["id", "title", "status"],
      insert: ["title", "id"],
      update: ["title"],
      references: ["id"],
    },
  },
  { authenticated: { select: ["名前", "it's", 'a "quoted" name', "semi;colon", "😀"] } },
  { service_role: ["select", "insert", "update", "delete"], authenticated: ["select"], anon: [] },
  { anon: [], authenticated: [] },
  { public: ["select"] },
  { public: "all" },
  { public: { select: ["id"] }, anon: ["select"] },
  { anon: ["select"], authenticated: ["select"], service_role: "all" },
  { service_role: "all", authenticated: ["select"], anon: ["select"] },
  { authenticated: ["trigger", "truncate", "references"] },
  { authenticated: ["select with grant option"] },
  { authenticated: ["select with grant option", "insert"] },
  { authenticated: { "select with grant option": true, "update with grant option": ["title"], update: ["id"] } },
  { authenticated: ["SELECT  WITH  GRANT  OPTION"] },
  { authenticated: ["all with grant option"] },
  {
    "corpus role": ["select"],
    'corpus "quoted" role': ["insert"],
    "corpus 役割": { update: ["title"] },
    "corpus;role--": "all",
  },
  { authenticated: { select: true, insert: true, update: true, delete: true } },
  { authenticated: { delete: true, select: ["id"] }, anon: { select: ["id", "title"] } },
];

/** `all`, spelled out as a server of this version knows it. */
export function allSpelledOut(serverVersion: number): Readonly<Record<string, unknown>> {
  const privileges = ["delete", "insert", "references", "select", "trigger", "truncate", "update"];
  return { authenticated: serverVersion >= 170000 ? [...privileges, "maintain"] : privileges, service_role: "all" };
}

/** Roles whose names need quotes; a server's databases share them. */
export const grantRoles: readonly string[] = [
  "corpus role",
  'corpus "quoted" role',
  "corpus 役割",
  "corpus;role--",
  "Corpus Upper",
];
