import type { RefusedDeclaration } from "../sample.ts";

const role = (title: string, input: object, property: string, says: RegExp): RefusedDeclaration => ({
  title: `a role ${title}`,
  kind: "Role",
  input: { name: "wrong", ...input },
  property,
  says,
});

export const refused: readonly RefusedDeclaration[] = [
  role("without a name", { name: "" }, "name", /can't be empty/),
  role("of PostgreSQL's names", { name: "pg_mine" }, "name", /keeps names that begin with pg_/),
  role("for everybody", { name: "public" }, "name", /keeps the name public/),
  role("of the platform's", { name: "supabase_auth_admin" }, "name", /platform's own role.*role of your own/),
  role("that logs in by a text", { login: "yes" }, "login", /it must be true or false/),
  role("that inherits by a number", { inherit: 1 }, "inherit", /it must be true or false/),
  role("that may create databases, perhaps", { createDatabase: "" }, "createDatabase", /it must be true or false/),
  role("of the API's that creates roles", { name: "anon", createRole: true }, "createRole", /hosted project refuses/),
  role(
    "of the API's past every policy",
    { name: "authenticated", bypassRowLevelSecurity: true },
    "bypassRowLevelSecurity",
    /hosted project refuses changes of its attributes/,
  ),
  { ...role("past every policy", { bypassRowLevelSecurity: true }, "bypassRowLevelSecurity", /superuser/i), upTo: 15 },
  role("that replicates by a text", { replication: "no" }, "replication", /it must be true or false/),
  role("with half a connection", { connectionLimit: 0.5 }, "connectionLimit", /./),
  role("with fewer than no connections", { connectionLimit: -2 }, "connectionLimit", /./),
  role("until some day", { validUntil: "tomorrow" }, "validUntil", /a day or a time with its zone/),
  role("until a time without a zone", { validUntil: "2027-01-01T12:00" }, "validUntil", /with its zone/),
  role(
    "of a role that there is not",
    { memberOf: ["authentcated"] },
    "memberOf.authentcated",
    /role "authentcated" does not exist/,
  ),
  role("of everybody", { memberOf: ["public"] }, "memberOf.public", /no role that has members/),
  role("of itself", { memberOf: ["wrong"] }, "memberOf.wrong", /a member of itself/),
  role("of a superuser", { memberOf: ["supabase_admin"] }, "memberOf.supabase_admin", /superuser|supabase_admin/),
  {
    ...role(
      "that may not become its own role",
      { memberOf: { authenticated: { set: false } } },
      "memberOf.authenticated.set",
      /from version 16 on/,
    ),
    upTo: 15,
  },
  {
    ...role(
      "that has one role's rights only by asking",
      { memberOf: { authenticated: { inherit: false } } },
      "memberOf.authenticated.inherit",
      /from version 16 on.*set inherit of the role itself/,
    ),
    upTo: 15,
  },
  role(
    "with a setting that there is not",
    { settings: { statment_timeout: "3s" } },
    "settings.statment_timeout",
    /unrecognized configuration parameter "statment_timeout"/,
  ),
  role(
    "with a setting of a wrong value",
    { settings: { statement_timeout: "soon" } },
    "settings.statement_timeout",
    /invalid value for parameter "statement_timeout": "soon"/,
  ),
  role(
    "with the server's setting",
    { settings: { max_connections: 10 } },
    "settings.max_connections",
    /cannot be changed/,
  ),
  role(
    "with a superuser's setting",
    { settings: { log_error_verbosity: "verbose" } },
    "settings.log_error_verbosity",
    /permission denied to set parameter.*have a role that may run/,
  ),
  role("with a setting of no name", { settings: { "a b": "c" } }, 'settings["a b"]', /no setting's name/),
  role(
    "with a setting twice",
    { settings: { work_mem: "1MB", WORK_MEM: "2MB" } },
    "settings.work_mem",
    /twice, in two spellings/,
  ),
  role("with a password", { password: "secret" }, "password", /there is no such property; there are /),
  {
    title: "one role twice",
    kind: "Role",
    beside: [{ kind: "Role", name: "first", input: { name: "editor" } }],
    input: { name: "editor" },
    property: "",
    says: /the role editor already belongs to the resource first/,
  },
];
