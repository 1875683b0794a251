import fc from "fast-check";

/** What a program declares: a resource of a kind. */
export interface Input {
  readonly kind: string;
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
}

export const roles = ["rights_plain", "rights_group", "rights_member", "rights_other"];
export const [plain = "", group = "", member = "", other = ""] = roles;

export function functionOf(name: string, body: string, options: string, execute: readonly string[]): Input {
  const language = /^(begin|declare) /.test(body) ? "plpgsql" : "sql";
  const text = body.startsWith("return ") ? body : `language ${language} ${options} as $body$ ${body} $body$`;
  return {
    kind: "Function",
    name,
    input: { definition: `create function app.${name}(i int) returns boolean ${text}`, execute },
  };
}

export function tableOf(policy: object, grants: object): Input {
  return { kind: "TableAccess", name: "t", input: { table: "app.t", policies: { p: policy }, grants } };
}

const someRoles = fc.uniqueArray(fc.constantFrom(plain, group, member, "public"), { maxLength: 3 });
const bodiesInApp = [
  "select true",
  "select exists (select from app.m where x = i)",
  "select exists (select from app.m)",
  "select i in (select y from app.own)",
  "select i in (select y from app.reader)",
  "select app.g(i)",
  "begin return exists (select from app.m where y = i); end",
  "begin return app.g(i); end",
  "return exists (select from app.m where y = i)",
];
const bodiesInPrivate = [
  "select private.g(i)",
  "select exists (select from private.m where x = i)",
  "select i in (select x from private.own)",
  "select i::text::private.kind is not null",
  "select 'private.m'::regclass is not null",
  "begin return private.g(i); end",
  "begin return exists (select from private.m); end",
  "declare v private.m.x%type; begin return v is null; end",
  "declare v private.kind; begin return v is null; end",
  "return private.g(i) and exists (select from private.m)",
];
const conditions = fc.constantFrom(
  "a = 1",
  "exists (select from app.m where m.x = t.a)",
  "a in (select y from app.m)",
  "(select count(*) from app.m) > 0",
  "exists (select from app.reader as r where r.x = t.a)",
  "exists (select from app.own as o where o.x = t.a)",
  "app.f(a)",
  "(select app.f(1))",
  "a in (select x from app.m where app.g(y))",
  "private.g(a)",
  "a in (select x from private.m)",
);
const options = fc.constantFrom("stable", "stable security definer", "stable set search_path = pg_catalog, pg_temp");
const columns = fc.constantFrom<true | string[]>(true, ["x"], ["y"], ["x", "y"]);

const bodiesOfG = ["select true", "select i in (select y from app.m)", "select private.g(i)"];
const anyRights = {
  f: fc.record({ body: fc.constantFrom(...bodiesInApp, ...bodiesInPrivate), options, execute: someRoles }),
  g: fc.record({ body: fc.constantFrom(...bodiesOfG), options, execute: someRoles }),
  condition: conditions,
  readers: fc.dictionary(fc.constantFrom(plain, group, member, "public"), columns, {
    maxKeys: 2,
    noNullPrototype: true,
  }),
};
const everybody = fc.constant<string[]>(["public"]);
/** Only the use of a schema may be missing. */
const rightsOnAll = {
  f: fc.record({ body: fc.constantFrom("select app.g(i)", ...bodiesInPrivate), options, execute: everybody }),
  g: fc.record({ body: fc.constant("select private.g(i)"), options, execute: everybody }),
  condition: fc.constantFrom("app.f(a)", "(select app.f(1))"),
  readers: fc.constant<Record<string, true | string[]>>({ public: true }),
};

interface Rights {
  readonly f: { readonly body: string; readonly options: string; readonly execute: readonly string[] };
  readonly g: { readonly body: string; readonly options: string; readonly execute: readonly string[] };
  readonly condition: string;
  readonly policyRoles: readonly string[];
  readonly grantees: readonly string[];
  /** Who may use the schema `private`. */
  readonly users: readonly string[];
  /** Who may read `app.m`. */
  readonly readers: Readonly<Record<string, true | string[]>>;
}

const anyOrAll: fc.Arbitrary<Rights> = fc.oneof(
  ...[anyRights, rightsOnAll].map((rights) =>
    fc.record({
      ...rights,
      policyRoles: someRoles.filter((list) => list.length > 0),
      grantees: someRoles.filter((list) => list.length > 0),
      users: someRoles,
    }),
  ),
);

function declarationsOf({ f, g, condition, policyRoles, grantees, users, readers }: Rights) {
  return {
    policyRoles: policyRoles.includes("public") ? ["public"] : policyRoles,
    grantees,
    inputs: [
      {
        kind: "Schema",
        name: "private",
        input: { name: "private", grants: Object.fromEntries(users.map((role) => [role, ["usage"]])) },
      },
      functionOf("g", g.body, g.options, g.execute),
      functionOf("f", f.body, f.options, f.execute),
      {
        kind: "TableAccess",
        name: "m",
        input: {
          table: "app.m",
          rowSecurity: false,
          grants: Object.fromEntries(Object.entries(readers).map(([role, held]) => [role, { select: held }])),
        },
      },
      tableOf(
        { command: "select", roles: policyRoles, using: condition },
        Object.fromEntries(grantees.map((role) => [role, ["select"]])),
      ),
    ],
  };
}
export const declarations = anyOrAll.map(declarationsOf);

/** The session has found `private.m` for the member, who may use the schema, when the other role asks. */
export const askedAfterAMember = declarationsOf({
  f: { body: "begin return exists (select from private.m); end", options: "stable", execute: ["public"] },
  g: { body: "select private.g(i)", options: "stable", execute: ["public"] },
  condition: "app.f(a)",
  policyRoles: [plain, member],
  grantees: [plain, group],
  users: [member],
  readers: { public: true },
});
