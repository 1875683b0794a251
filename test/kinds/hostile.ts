import fc from "fast-check";
import { quoteLiteral, quoteQualified } from "../../infra/sql/quote.ts";
import { hostileName, hostileRole, hostileText } from "../support/hostile.ts";

/** What several samples' hostile objects are made of. */
export const hostileNames = fc.uniqueArray(hostileName, { minLength: 1, maxLength: 3 });
const hostileRoles = fc.uniqueArray(fc.oneof(hostileRole, fc.constant("public")), {
  minLength: 1,
  maxLength: 3,
});
export const hostileTable = fc
  .tuple(hostileName, hostileName)
  .map(([schema, name]) => quoteQualified({ schema, name }));

const condition = hostileText.map((text) => `title = ${quoteLiteral(text)} -- why`);
const as = fc.constantFrom("permissive", "restrictive");

const hostileDefinition = fc.oneof(
  fc.record({ command: fc.constantFrom("select", "delete"), roles: hostileRoles, as, using: condition }),
  fc.record({ command: fc.constant("insert"), roles: hostileRoles, as, withCheck: condition }),
  fc.record({
    command: fc.constantFrom("all", "update"),
    roles: hostileRoles,
    as,
    using: condition,
    withCheck: condition,
  }),
);

export const hostilePolicy = fc
  .tuple(hostileDefinition, hostileText)
  .map(([definition, comment]) => (comment === "" ? definition : { ...definition, comment }));

/** Grants on a table or view, and its columns. */
export const hostileGrants = fc.dictionary(
  hostileRole,
  fc.dictionary(
    fc.constantFrom("select", "insert", "update", "references"),
    fc.oneof(fc.constant(true as const), hostileNames),
    { minKeys: 1, maxKeys: 3 },
  ),
  { maxKeys: 3 },
);

/** A table's access, but for the table. */
export const hostileAccess = fc.record({
  rowSecurity: fc.boolean(),
  forceRowSecurity: fc.boolean(),
  policies: fc.dictionary(hostileName, hostilePolicy, { maxKeys: 3 }),
  grants: hostileGrants,
});

/** One object, by the properties that say which it is, in two states. */
export function hostileStates<State extends object>(
  state: fc.Arbitrary<State>,
  identity: object,
  subject: readonly string[],
) {
  return fc.record({
    from: state.map((properties) => ({ ...properties, ...identity })),
    to: state.map((properties) => ({ ...properties, ...identity })),
    subject: fc.constant(subject),
  });
}
