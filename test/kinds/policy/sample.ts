import { hostileName } from "../../support/hostile.ts";
import { hostilePolicy, hostileStates } from "../hostile.ts";
import type { Sample } from "../sample.ts";
import { createTable, namesOfPolicies } from "../sql.ts";
import { drifts } from "./drifts.ts";
import { refused } from "./refused.ts";

export const sample: Sample = {
  input: (key) => ({
    table: "storage.objects",
    name: `drift ${key}`,
    command: "update",
    roles: ["anon", "authenticated"],
    as: "permissive",
    using: `bucket_id in ('${key}', 'b')`,
    withCheck: `bucket_id = '${key}'`,
    comment: "Whoever moves a file keeps it in its bucket.",
  }),
  others: { roles: "service_role", using: "true", withCheck: "true", comment: "It's another one." },
  identity: ["table", "name"],
  drifts,
  imports: {
    setup: `create policy "Own rows" on public."User" using (id = 'me'); create policy nothing on public.import_tasks for select`,
    accepted: [
      ['"User"/Own rows', 'public."User"/Own rows'],
      ['public."User"/"Own rows"', 'public."User"/Own rows'],
      ['"Own rows" on "User"', 'public."User"/Own rows'],
      ['POLICY "Own rows" ON public."User";', 'public."User"/Own rows'],
    ],
    refused: [
      ["Own rows", `is no policy's id, which names the table too. Write 'public."User"/Own rows'`],
      ["no such policy", "is no policy's id; it looks like"],
      ['"User"/own rows', 'the policy own rows on public."User" does not exist. Write \'public."User"/Own rows\''],
      ["public.User/Own rows", "Write 'public.\"User\"'"],
    ],
  },
  refused,
  replacements: {
    table: {
      setup: [createTable("policy_old"), createTable("policy_new")].join(";"),
      program: (age) =>
        `new Policy("replaced policy's table", { table: "public.policy_${age}", name: "read", using: "id = 'a'" });`,
      after: [namesOfPolicies("public.policy_old"), { names: [] }],
    },
    name: {
      setup: createTable("policy_named"),
      program: (age) =>
        `new Policy("replaced policy", { table: "public.policy_named", name: "${age}", using: "id = 'a'" });`,
      after: [namesOfPolicies("public.policy_named"), { names: ["new"] }],
    },
  },
  hostile: hostileName.chain((name) =>
    hostileStates(hostilePolicy, { table: "storage.objects", name }, ["storage", "objects", name]),
  ),
};
