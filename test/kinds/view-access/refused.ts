import type { RefusedDeclaration } from "../sample.ts";

const declared = (title: string, input: object, property: string, says: RegExp): RefusedDeclaration => ({
  title: `view access ${title}`,
  kind: "ViewAccess",
  input: { view: "public.own_tasks", ...input },
  property,
  says,
});

export const refused: readonly RefusedDeclaration[] = [
  declared(
    "to a view that does not exist",
    { view: "public.own_task" },
    "view",
    /relation "public\.own_task" does not exist/,
  ),
  declared(
    "to a table",
    { view: "public.tasks" },
    "view",
    /public\.tasks is no view but a table\. TableAccess declares who may do what with a table/,
  ),
  declared("to a sequence", { view: "public.numbers" }, "view", /public\.numbers is no view but a sequence/),
  declared("to nothing", { view: "" }, "view", /is no view name; write schema\.view/),
  declared("to a name of three parts", { view: "a.b.c" }, "view", /more than a schema and a name; write schema\.view/),
  declared("to the platform's views", { view: "auth.sessions_of_mine" }, "view", /platform owns the schema auth/),
  declared(
    "to a materialised view as if it asked the policies",
    { view: "public.task_counts" },
    "securityInvoker",
    /public\.task_counts is a materialized view, which shows everybody what its owner saw.*Write securityInvoker: false/,
  ),
  declared(
    "to a materialised view as a security barrier",
    { view: "public.task_counts", securityInvoker: false, securityBarrier: true },
    "securityBarrier",
    /is a materialized view.*Write securityBarrier: false/,
  ),
  declared(
    "to a foreign table as if it asked policies",
    { view: "public.remote_tasks" },
    "securityInvoker",
    /public\.remote_tasks is a foreign table.*Write securityInvoker: false/,
  ),
  declared("with a flag of another type", { securityInvoker: "on" }, "securityInvoker", /it must be true or false/),
  declared("with a barrier of another type", { securityBarrier: 1 }, "securityBarrier", /it must be true or false/),
  declared("for an owner that does not exist", { owner: "nobody" }, "owner", /may not act as nobody/),
  declared(
    "for a role that does not exist",
    { grants: { nobody: ["select"] } },
    "grants.nobody",
    /role "nobody" does not exist/,
  ),
  declared("to the owner", { grants: { postgres: ["select"] } }, "grants.postgres", /postgres is the owner/),
  declared(
    "to a column that there is not",
    { grants: { anon: { select: ["secret"] } } },
    "grants.anon.select",
    /column "secret" of relation public\.own_tasks does not exist/,
  ),
  declared(
    "with a privilege that there is not",
    { grants: { anon: ["read"] } },
    "grants.anon.read",
    /there is no privilege "read"; a table has /,
  ),
  declared("with a property that there is not", { definition: "select 1" }, "definition", /there is no such property/),
  {
    title: "view access to a view twice",
    kind: "ViewAccess",
    beside: [{ kind: "ViewAccess", name: "first", input: { view: "public.own_tasks" } }],
    input: { view: "public.own_tasks" },
    property: "",
    says: /the grants and options of public\.own_tasks already belongs? to the resource first/,
  },
];
