/** Policies of two tables, `a` and `b`, in a schema of the scenario's own, written `$s`; `c` has no row security. */
export interface Scenario {
  readonly name: string;
  readonly a?: Readonly<Record<string, object>>;
  readonly b?: Readonly<Record<string, object>>;
  /** More of the declaration of `a`. */
  readonly access?: object;
  /** Functions that the program declares, each CREATE FUNCTION. */
  readonly functions?: readonly string[];
  /** What else is there. */
  readonly setup?: string;
  readonly query?: string;
  /** What PostgreSQL says to the query, by the role authenticated, once all is made. */
  readonly server: "works" | "42P17" | "54001";
  /** What the preview says. */
  readonly preview: "accepts" | "refuses";
}

const readsItself = { p: { using: "id in (select id from $s.a)" } };
const exists = "select exists (select 1 from $s.a where id = i)";
const invoker = `create function $s.f(i int) returns boolean language sql stable as '${exists}'`;
const definer = `create function $s.f(i int) returns boolean language sql stable security definer as '${exists}'`;
const owned = "alter table $s.a owner to recursion_owner";

export const scenarios: readonly Scenario[] = [
  { name: "a policy reads its own table", a: readsItself, server: "42P17", preview: "refuses" },
  {
    name: "a policy reads its own table under another name",
    a: { p: { using: "exists (with me as (select t.id from $s.a as t) select from me where me.id = a.id)" } },
    server: "42P17",
    preview: "refuses",
  },
  {
    name: "a policy reads its own table behind something false",
    a: { p: { using: "false and id in (select id from $s.a)" } },
    server: "42P17",
    preview: "refuses",
  },
  {
    name: "two tables' policies read each other",
    a: { p: { using: "id in (select id from $s.b)" } },
    b: { p: { using: "id in (select id from $s.a)" } },
    server: "42P17",
    preview: "refuses",
  },
  {
    name: "a restrictive policy reads its own table",
    a: { p: { using: "true" }, r: { as: "restrictive", using: "id in (select id from $s.a)" } },
    server: "42P17",
    preview: "refuses",
  },
  {
    name: "a policy for update reads its own table, whose policy for select reads another",
    a: {
      s: { command: "select", using: "id in (select id from $s.c)" },
      u: { command: "update", using: "id in (select id from $s.a)" },
    },
    query: "update $s.a set x = 1 where id = 1",
    server: "42P17",
    preview: "refuses",
  },
  {
    name: "a check on new rows reads its own table, whose policy for select reads another",
    a: {
      s: { command: "select", using: "id in (select id from $s.c)" },
      i: { command: "insert", withCheck: "exists (select from $s.a)" },
    },
    query: "insert into $s.a values (1, 1)",
    server: "42P17",
    preview: "refuses",
  },
  {
    name: "a policy for all checks new rows by its own table",
    a: { p: { using: "true", withCheck: "exists (select from $s.a)" } },
    query: "insert into $s.a values (1, 1)",
    server: "42P17",
    preview: "refuses",
  },
  {
    name: "a policy reads its own table in a view of somebody whom policies ask",
    setup: "create view $s.v as select * from $s.a; alter view $s.v owner to recursion_other",
    a: { p: { using: "id in (select id from $s.v)" } },
    server: "42P17",
    preview: "refuses",
  },
  {
    name: "a policy reads its own table in a view with the reader's rights",
    setup: "create view $s.v with (security_invoker = true) as select * from $s.a",
    a: { p: { using: "id in (select id from $s.v)" } },
    server: "42P17",
    preview: "refuses",
  },
  {
    name: "a policy reads its own table in a view of the table's owner, whom row security is forced on",
    setup: `${owned}; create view $s.v as select * from $s.a; alter view $s.v owner to recursion_owner`,
    access: { owner: "recursion_owner", forceRowSecurity: true },
    a: { p: { using: "id in (select id from $s.v)" } },
    server: "42P17",
    preview: "refuses",
  },
  {
    name: "a policy calls a function that reads its own table",
    functions: [invoker],
    a: { p: { using: "$s.f(id)" } },
    server: "54001",
    preview: "refuses",
  },
  {
    name: "a policy calls a function that calls a function that reads its own table",
    functions: [invoker, "create function $s.g(i int) returns boolean language sql stable as 'select $s.f(i)'"],
    a: { p: { using: "(select $s.g(id))" } },
    server: "54001",
    preview: "refuses",
  },
  {
    name: "a policy calls a function of BEGIN ATOMIC that reads its own table",
    functions: ["create function $s.f(i int) returns boolean return exists (select from $s.a where id = i)"],
    a: { p: { using: "$s.f(id)" } },
    server: "54001",
    preview: "refuses",
  },
  {
    name: "a policy calls a function that is there already and finds its table by its own search_path",
    setup:
      "create function $s.f(i int) returns boolean language sql stable set search_path = $s as 'select exists (select from a where id = i)'",
    a: { p: { using: "$s.f(id)" } },
    server: "54001",
    preview: "refuses",
  },
  {
    name: "a policy calls a SECURITY DEFINER function of somebody whom policies ask",
    setup: `${definer}; alter function $s.f(int) owner to recursion_other`,
    a: { p: { using: "$s.f(id)" } },
    server: "54001",
    preview: "refuses",
  },
  {
    name: "a policy calls a SECURITY DEFINER function of the table's owner, whom row security is forced on",
    setup: `${owned}; ${definer}; alter function $s.f(int) owner to recursion_owner`,
    access: { owner: "recursion_owner", forceRowSecurity: true },
    a: { p: { using: "$s.f(id)" } },
    server: "54001",
    preview: "refuses",
  },
  {
    name: "a policy calls a function that reads a table whose policy leads back",
    functions: [
      "create function $s.f(i int) returns boolean language sql stable as 'select exists (select from $s.b where id = i)'",
    ],
    a: { p: { using: "$s.f(id)" } },
    b: { p: { using: "exists (select from $s.a where a.id = b.id)" } },
    server: "54001",
    preview: "refuses",
  },

  {
    name: "a policy reads a table whose policies read nothing",
    a: { p: { using: "id in (select id from $s.b)" } },
    b: { p: { using: "x = 1" } },
    server: "works",
    preview: "accepts",
  },
  {
    name: "a policy reads a table without row security, whatever its policies",
    a: { p: { using: "id in (select id from $s.c)" } },
    setup: "create policy p on $s.c using (id in (select id from $s.a))",
    server: "works",
    preview: "accepts",
  },
  {
    name: "a policy for update reads its own table, whose policy for select reads nothing",
    a: { s: { command: "select", using: "true" }, u: { command: "update", using: "id in (select id from $s.a)" } },
    query: "update $s.a set x = 1 where id = 1",
    server: "works",
    preview: "accepts",
  },
  {
    name: "a check on new rows reads its own table, whose policy for select reads nothing",
    a: { s: { command: "select", using: "true" }, i: { command: "insert", withCheck: "exists (select from $s.a)" } },
    query: "insert into $s.a values (1, 1)",
    server: "works",
    preview: "accepts",
  },
  {
    name: "two tables' policies read each other, for different roles",
    a: { p: { roles: ["authenticated"], using: "id in (select id from $s.b)" } },
    b: { p: { roles: ["anon"], using: "id in (select id from $s.a)" } },
    server: "works",
    preview: "accepts",
  },
  {
    name: "two tables' policies read each other, for different commands",
    a: { p: { command: "select", using: "id in (select id from $s.b)" } },
    b: { s: { command: "select", using: "x = 1" }, i: { command: "insert", withCheck: "exists (select from $s.a)" } },
    query: "insert into $s.b values (1, 1)",
    server: "works",
    preview: "accepts",
  },
  {
    name: "a restrictive policy reads its own table, and no permissive one lets anything through",
    a: { r: { as: "restrictive", using: "id in (select id from $s.a)" } },
    server: "works",
    preview: "accepts",
  },
  {
    name: "a policy for a role that policies don't ask reads its own table",
    a: { p: { roles: ["service_role"], using: "id in (select id from $s.a)" } },
    server: "works",
    preview: "accepts",
  },
  {
    name: "a policy reads its own table in a view of somebody whom policies don't ask",
    setup: "create view $s.v as select * from $s.a",
    a: { p: { using: "id in (select id from $s.v)" } },
    server: "works",
    preview: "accepts",
  },
  {
    name: "a policy reads its own table in a view of the table's owner",
    setup: `${owned}; create view $s.v as select * from $s.a; alter view $s.v owner to recursion_owner`,
    access: { owner: "recursion_owner" },
    a: { p: { using: "id in (select id from $s.v)" } },
    server: "works",
    preview: "accepts",
  },
  {
    name: "a policy calls a SECURITY DEFINER function of somebody whom policies don't ask",
    functions: [definer],
    a: { p: { using: "$s.f(id)" } },
    server: "works",
    preview: "accepts",
  },
  {
    name: "the same, where row security is forced",
    functions: [definer],
    access: { forceRowSecurity: true },
    a: { p: { using: "$s.f(id)" } },
    server: "works",
    preview: "accepts",
  },
  {
    name: "a policy calls a SECURITY DEFINER function of the table's owner",
    setup: `${owned}; ${definer}; alter function $s.f(int) owner to recursion_owner`,
    access: { owner: "recursion_owner" },
    a: { p: { using: "$s.f(id)" } },
    server: "works",
    preview: "accepts",
  },
  {
    name: "a policy reads another table of the same name",
    setup:
      "create schema $s_other; create table $s_other.a (id int); grant usage on schema $s_other to public; grant select on $s_other.a to public",
    a: { p: { using: "id in (select a.id from $s_other.a)" } },
    server: "works",
    preview: "accepts",
  },
  {
    name: "a policy's WITH query has its table's name",
    a: { p: { using: "id in (with a as (select 1 as id) select id from a)" } },
    server: "works",
    preview: "accepts",
  },
  {
    name: "a policy calls one of two functions of a name, and the other one reads its table",
    functions: [invoker, "create function $s.f(i int, j int) returns boolean language sql stable as 'select true'"],
    a: { p: { using: "$s.f(id, 1)" } },
    server: "works",
    preview: "accepts",
  },
  // It comes to an end here, row by row; what is certain beforehand is that it leads back, and the way out is cheap.
  {
    name: "a policy calls a function that reads its own table, row by row up to the first",
    functions: [invoker],
    a: { p: { using: "id = 1 or $s.f(id - 1)" } },
    server: "works",
    preview: "refuses",
  },
  // What plpgsql does nobody knows before it runs.
  {
    name: "a policy calls a plpgsql function that reads its own table",
    functions: [
      `create function $s.f(i int) returns boolean language plpgsql stable as 'begin return exists (select from $s.a where id = i); end'`,
    ],
    a: { p: { using: "$s.f(id)" } },
    server: "54001",
    preview: "accepts",
  },
];
