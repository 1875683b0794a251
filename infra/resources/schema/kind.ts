import { z } from "zod";
import type { Kind } from "../kind.ts";
import { platformSchemaProblem } from "../platform-schemas.ts";
import type { Properties } from "../properties.ts";
import { nameProblem, quoteIdentifier, quoteRole } from "../sql/quote.ts";

const privileges = ["create", "usage"] as const;

/** A schema with who may use it. */
export const schemaInput = z.strictObject({
  /** Changing it makes another schema. */
  name: z.string().describe("The schema. Changing it makes another schema."),
  /** Privileges by role, `{ authenticated: ["usage"] }`; any other grant, except the owner's, is drift and is removed. Default: none. */
  grants: z
    .record(z.string(), z.array(z.enum(privileges)))
    .default({})
    .describe(
      "Privileges by role, usage and create; any other grant, except the owner's, is drift and is removed. Default: none.",
    ),
});

export type Schema = Properties & {
  readonly name: string;
  readonly grants: { readonly [role: string]: readonly string[] };
};

/** @see https://www.postgresql.org/docs/current/ddl-schemas.html */
export const schema: Kind<Schema> = {
  name: "Schema",
  description: "A schema with who may use it.",
  input: schemaInput,
  replaceOn: ["name"],

  async normalise(input) {
    const { name, grants = {} } = input as z.input<typeof schemaInput>;
    const platform = platformSchemaProblem({ schema: name, name }, "Declare a schema of your own");
    const problem =
      nameProblem(name) ??
      (name.startsWith("pg_") ? "PostgreSQL keeps names that begin with pg_ for itself" : platform);
    if (problem !== undefined) return [{ path: ["name"], message: problem }];
    return { name, grants: normaliseGrants(Object.entries(grants)) };
  },

  identify: (args) => args.name,
  claims: ({ name }) => [{ on: `schema ${name}`, description: `the schema ${name}` }],
  texts: () => [],
  probes: ({ grants }) => Object.keys(grants).map((role) => ({ kind: "role", path: ["grants", role], role }) as const),
  assumptions: ({ name }) => [`create schema if not exists ${quoteIdentifier(name)}`],
  scope: (id) => ({ schemas: [id] }),
  find(catalog, id) {
    const row = catalog.schemas.get(id);
    return row === undefined ? undefined : { name: row.name, grants: normaliseGrants(Object.entries(row.grants)) };
  },

  plan(live, desired) {
    const name = quoteIdentifier(desired.name);
    const roles = new Set([...Object.keys(live?.grants ?? {}), ...Object.keys(desired.grants)]);
    const grants = [...roles].flatMap((role) => {
      const before = live?.grants[role] ?? [];
      const after = desired.grants[role] ?? [];
      const lost = before.filter((privilege) => !after.includes(privilege));
      const gained = after.filter((privilege) => !before.includes(privilege));
      return [
        ...(lost.length === 0 ? [] : [`revoke ${lost.join(", ")} on schema ${name} from ${quoteRole(role)}`]),
        ...(gained.length === 0 ? [] : [`grant ${gained.join(", ")} on schema ${name} to ${quoteRole(role)}`]),
      ];
    });
    return [...(live === undefined ? [`create schema ${name}`] : []), ...grants];
  },
  /** Refused by the server while anything is left in it. */
  remove: (live) => [`drop schema ${quoteIdentifier(live.name)}`],
};

function normaliseGrants(grants: readonly (readonly [string, readonly string[]])[]): Schema["grants"] {
  const filled = grants.filter(([, held]) => held.length > 0);
  return Object.fromEntries(
    filled
      .map(([role, held]) => [role, [...new Set(held)].sort()] as const)
      .sort(([left], [right]) => (left < right ? -1 : 1)),
  );
}
