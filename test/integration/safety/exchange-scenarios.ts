/** A function that is replaced, or changed in a way that PostgreSQL can't do in place, while declared objects use it. */
export interface Exchange {
  readonly name: string;
  readonly old: string;
  readonly new: string;
}

const own = (name: string) => `public.exchange_${name}`;

const access = (name: string, using: string, rest = "") =>
  `new TableAccess("${name} access", { table: "${own(name)}", grants: { authenticated: ["select"] }, policies: {
    read: { command: "select", roles: ["authenticated"], using: ${JSON.stringify(using)} }, ${rest} } }, { dependsOn: DEPENDS });`;

const define = (name: string, definition: string) =>
  `const f_${name} = new DatabaseFunction("${name}", { definition: ${JSON.stringify(definition)}, execute: ["authenticated"] });`;

const boolean = (signature: string, body = "select true") =>
  `create function ${signature} returns boolean language sql stable as $$ ${body} $$`;

function exchange(
  name: string,
  before: readonly [string, string],
  after: readonly [string, string],
  rest = "",
): Exchange {
  const program = ([definition, using]: readonly [string, string]) =>
    `${define(name, definition)}\n${access(name, using, rest).replace("DEPENDS", `[f_${name}]`)}`;
  return { name, old: program(before), new: program(after) };
}

/** A function that gets another parameter and whose resource gets another name, together with its policy. */
function renamedResource(
  name: string,
  before: string,
  after: string,
  change: (text: string) => string = (text) => text,
): Exchange {
  const [called = ""] = before.split("(");
  const age = (resource: string, parameters: string, using: string) =>
    `${define(resource, boolean(`${called}(${parameters})`))}\n${access(name, using).replace("DEPENDS", `[f_${resource}]`)}`;
  return {
    name,
    old: age(`${name}_old`, "project text", before),
    new: change(age(`${name}_new`, "project text, strict boolean default false", after)),
  };
}

/** Tables that have a column `project`, one for each name. */
export const exchangeTables = (exchanges: readonly Exchange[]) =>
  exchanges
    .map(
      ({ name }) =>
        `create table ${own(name)} (id text primary key, project text); alter table ${own(name)} owner to postgres;
         insert into ${own(name)} values ('a', 'p')`,
    )
    .join(";\n");

export const exchanges: readonly Exchange[] = [
  exchange(
    "parameter",
    [boolean("private.sees(project text)"), "(select private.sees(project))"],
    [boolean("private.sees(project text, strict boolean default false)"), "(select private.sees(project))"],
    'narrow: { command: "all", roles: ["public"], as: "restrictive", using: "private.sees(project) or id = \'b\'" }',
  ),
  exchange(
    "required",
    [boolean("private.may(project text)"), "private.may(project)"],
    [boolean("private.may(project text, strict boolean)"), "private.may(project, true)"],
  ),
  exchange(
    "renamed",
    [boolean("private.is_old(project text)"), "private.is_old(project)"],
    [boolean("private.is_new(project text)"), "private.is_new(project)"],
  ),
  exchange(
    "moved",
    [boolean("private.moves(project text)"), "private.moves(project)"],
    [boolean("public.moves(project text)"), "moves(project)"],
  ),
  exchange(
    "retyped",
    [
      "create function private.kind_of(project text) returns text language sql stable as $$ select 'x' $$",
      "private.kind_of(project) = 'x'",
    ],
    [boolean("private.kind_of(project text)"), "private.kind_of(project)"],
  ),
  exchange(
    "argument",
    [boolean("private.named(project text)"), "private.named(project)"],
    [boolean("private.named(of_project text)"), "private.named(project)"],
  ),
  exchange(
    "ambiguous",
    [boolean("private.level(project text, minimum int default 1)"), "private.level(project)"],
    [boolean("private.level(project text, strict boolean default false)"), "private.level(project)"],
  ),
  exchange(
    "overloaded",
    [boolean("private.over(project text)"), "private.over(project)"],
    [boolean("private.over(project text, note text default '')"), "private.over(project)"],
  ),
  {
    name: "parsed",
    ...Object.fromEntries(
      (["old", "new"] as const).map((age) => [
        age,
        `${define("parsed", boolean(`private.inner_one(project text${age === "old" ? "" : ", strict boolean default false"})`))}
         const caller = new DatabaseFunction("caller", { execute: ["authenticated"], definition:
           "create function private.outer_one(project text) returns boolean language sql stable begin atomic select private.inner_one(project); end" }, { dependsOn: f_parsed });
         ${access("parsed", "private.outer_one(project)").replace("DEPENDS", "[caller]")}`,
      ]),
    ),
  } as Exchange,
  {
    name: "resource",
    ...Object.fromEntries(
      (["old", "new"] as const).map((age) => [
        age,
        `${define(`${age}_resource`, boolean(`private.under_name(project text${age === "old" ? "" : ", strict boolean default false"})`))}
         ${access("resource", "private.under_name(project)").replace("DEPENDS", `[f_${age}_resource]`)}`,
      ]),
    ),
  } as Exchange,
  renamedResource("rephrased", "private.again(project)", "(private.again(project) and id <> 'x')"),
  // The table's resource gets another name as well.
  renamedResource("moved_over", "private.twice(project)", "private.twice(project)", (text) =>
    text.replace('"moved_over access"', '"moved_over rights"'),
  ),
  {
    name: "shared",
    ...Object.fromEntries(
      (["old", "new"] as const).map((age) => [
        age,
        `${define("shared", boolean(`private.reads(name text${age === "old" ? "" : ", strict boolean default false"})`))}
         new Policy("shared policy", { table: "storage.objects", name: "exchange", command: "select", roles: ["authenticated"], using: "private.reads(name)" }, { dependsOn: f_shared });`,
      ]),
    ),
  } as Exchange,
];

/** What uses a function of the signature `(project text)` and is nobody's of the stack, each with the words that name it. */
export const foreignUses: Readonly<Record<string, readonly [sql: string, words: string]>> = {
  view: ["create view public.v as select private.used_view(project) from public.uses", "the view public.v"],
  materialised: [
    "create materialized view public.m as select private.used_materialised(project) from public.uses",
    "the materialized view public.m",
  ],
  default: [
    "alter table public.uses alter flag set default private.used_default('x')",
    "the default value for public.uses.flag",
  ],
  check: [
    "alter table public.uses add constraint checked check (private.used_check(project))",
    "the table constraint checked on public.uses",
  ],
  index: ["create index indexed on public.uses (private.used_index(project))", "the index public.indexed"],
  generated: [
    "alter table public.uses add generated boolean generated always as (private.used_generated(project)) stored",
    "the default value for public.uses.generated",
  ],
  caller: [
    "create function public.calls() returns boolean begin atomic select private.used_caller('x'); end",
    "the function public.calls()",
  ],
  policy: [
    "create policy foreign_one on public.uses using (private.used_policy(project))",
    "the policy foreign_one on public.uses",
  ],
  domain: [
    "create domain public.d as text check (private.used_domain(value))",
    "the domain constraint d_check on public.d",
  ],
  operator: [
    "create operator public.@@@ (function = private.used_operator, rightarg = text)",
    "the operator public.@@@(NONE,pg_catalog.text)",
  ],
};

export const usedFunction = (name: string, age: "old" | "new") =>
  `create function private.used_${name}(project text${age === "old" ? "" : ", strict boolean default false"}) returns boolean language sql immutable as $$ select true $$`;

export const foreignProgram = (age: "old" | "new") =>
  Object.keys(foreignUses)
    .map((name) => define(name, usedFunction(name, age)))
    .join("\n");
