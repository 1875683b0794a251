import { createHash } from "node:crypto";
import type { People } from "./declaration.ts";
import type { Membership, Person } from "./who.ts";

/** A test person, with the claims that the API would pass on. */
export interface Actor extends Person {
  /** The person's column in the matrix, shared by all of the same kind: `OWNER`, `outsider`, `odd claims`. */
  readonly kind: string;
  /** The tenant that they used to be a member of. */
  readonly formerTenant?: string;
  /** Whether the table of people has a row for them. */
  readonly hasRow: boolean;
  /** Whether they only own rows and make no attempts themselves. */
  readonly isSilent?: true;
  /** The value that the API passes on as `request.jwt.claims`. */
  readonly claims: (context: ClaimsContext) => string;
}

/** What claims may depend on. */
interface ClaimsContext {
  /** The key of the tenant's own row, as text. */
  readonly tenantId: (tenant: string | undefined) => string | undefined;
}

export const tenantNames: readonly string[] = ["A", "B"];

/**
 * The people who make attempts: each role in both tenants, a member of both, a member of none, a former member, and
 * tokens with missing, malformed or false claims.
 */
export function actorsOf(people: People, subjectType: "uuid" | "text"): readonly Actor[] {
  const roles = people.members === undefined ? ["user"] : (people.members.roles ?? ["member"]);
  const signedIn = (name: string, kind: string, more: Partial<Actor> = {}): Actor => {
    const subject = subjectOf(name, subjectType);
    const person: Person = {
      ...{ name, subject, email: `${slug(name)}@verify.example`, databaseRole: "authenticated", isKnown: true },
      ...(more.tenant === undefined ? {} : { tenant: more.tenant }),
      ...(more.role === undefined ? {} : { role: more.role }),
      ...(more.memberships === undefined ? {} : { memberships: more.memberships }),
    };
    return { ...more, kind, hasRow: more.hasRow ?? true, claims: usualClaims(people, person), ...person };
  };
  const insiders = tenantNames.flatMap((tenant) =>
    roles.map((role) =>
      signedIn(`${role} of ${tenant}`, role, {
        tenant,
        ...(people.members?.role === undefined ? {} : { role }),
      }),
    ),
  );
  // A second person of each role, so that a colleague's rows exist, and so that the last owner is not alone.
  const colleagues = insiders.map((person) => ({
    ...signedIn(`another ${person.name}`, person.kind, person),
    isSilent: true as const,
  }));
  // Somebody with the highest role in both tenants could move rows that ordinary members can't.
  const [first, last] = [roles[0], roles.at(-1)];
  const inBoth = [[first, last], ...(first === last ? [] : [[first, first]])].flatMap((pair) => {
    const memberships = membershipsWith(people, pair);
    const [one] = memberships;
    if (one === undefined || isToldByToken(people, memberships)) return [];
    const name = memberships.map(({ tenant, role = "member" }) => `${role} of ${tenant}`).join(" and ");
    return [
      signedIn(name, pair[0] === pair[1] && first !== last ? `${first} in both` : "in both", { ...one, memberships }),
    ];
  });
  const outsider = signedIn("outsider", "outsider");
  const removed = people.members === undefined ? [] : [signedIn("removed", "removed", { formerTenant: "A" })];
  const others = (people.others ?? []).map((name) => signedIn(name, name));
  const newcomer = signedIn("newcomer", "outsider", { hasRow: false });
  return [
    withClaims("anonymous", "anonymous", "anon", () => '{"role":"anon"}'),
    outsider,
    newcomer,
    ...others,
    ...removed,
    ...insiders,
    ...inBoth,
    ...colleagues,
    ...oddClaims(people, insiders, outsider, subjectType),
    withClaims("service role", "service role", "service_role", () => '{"role":"service_role"}'),
  ];
}

/** The person's memberships, one for each tenant. */
function membershipsWith({ members }: People, roles: readonly (string | undefined)[]): readonly Membership[] {
  if (members === undefined) return [];
  return tenantNames.map((tenant, index) => {
    const role = roles[index];
    return { tenant, ...(members.role === undefined || role === undefined ? {} : { role }) };
  });
}

/** Whether the token states the tenant or the role. Such a token names one tenant only, so nobody is in both. */
function isToldByToken({ claims }: People, memberships: readonly Membership[]): boolean {
  if (claims === undefined) return false;
  const person = { name: "", subject: "", email: "", databaseRole: "authenticated", isKnown: true } as const;
  return (
    new Set(memberships.map((each) => JSON.stringify(claims({ ...person, ...each, tenantId: each.tenant })))).size > 1
  );
}

const strange = "' or true --";

/** Requests whose claims identify nobody that the database knows. */
function oddClaims(
  people: People,
  insiders: readonly Actor[],
  outsider: Actor,
  subjectType: "uuid" | "text",
): readonly Actor[] {
  const [insider] = insiders;
  const liar = withClaims("with lying claims", "odd claims", "authenticated", (context) =>
    lies(context, outsider.subject),
  );
  const odd = (name: string, claims: Actor["claims"]) => withClaims(name, "odd claims", "authenticated", claims);
  const lies = ({ tenantId }: ClaimsContext, subject: unknown) => {
    const [tenant] = tenantNames;
    const id = tenantId(tenant);
    const usual = insider === undefined ? undefined : people.claims?.({ ...insider, tenantId: id });
    const told = {
      ...{ sub: insider?.subject, tenant_id: id, org_id: id, organization_id: id, role: insider?.role },
      // Users can write `user_metadata`, so the application's own claims are repeated there: whole, and each part by
      // itself.
      ...Object.assign({}, ...partsOf(usual)),
      ...usual,
    };
    return JSON.stringify({ sub: subject, role: "service_role", user_metadata: told, raw_user_meta_data: told });
  };
  return [
    odd("without claims", () => ""),
    odd("with empty claims", () => "{}"),
    odd("without a subject", () => '{"role":"authenticated"}'),
    odd("with an empty subject", () => '{"role":"authenticated","sub":""}'),
    odd("with a null subject", () => '{"role":"authenticated","sub":null}'),
    // If any text can be a subject, each of these texts is a valid one.
    {
      ...odd("with a subject of another kind", () => JSON.stringify({ role: "authenticated", sub: strange })),
      ...(subjectType === "text" ? { subject: strange, isKnown: true } : {}),
    },
    odd("with malformed claims", () => '{"role":"authenticated","sub":'),
    { ...liar, isKnown: true, hasRow: true, ...(outsider.subject === undefined ? {} : { subject: outsider.subject }) },
  ];
}

/** All objects nested in a value, including the value itself, innermost first. */
function partsOf(value: unknown): readonly object[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [];
  return [...Object.values(value).flatMap(partsOf), value];
}

function withClaims(name: string, kind: string, databaseRole: Person["databaseRole"], claims: Actor["claims"]): Actor {
  return { name, kind, databaseRole, isKnown: false, hasRow: false, claims };
}

function usualClaims(people: People, person: Person): Actor["claims"] {
  return ({ tenantId }) => {
    const { subject, email } = person;
    const more = people.claims?.({ ...person, tenantId: tenantId(person.tenant) }) ?? {};
    return JSON.stringify({ sub: subject, role: "authenticated", email, ...more });
  };
}

/**
 * The same in every run, so that a printed statement can be run again. If any text can be a subject, every second one
 * is not a UUID.
 */
function subjectOf(name: string, type: "uuid" | "text"): string {
  const hash = createHash("sha256").update(`palisade verify ${name}`).digest("hex");
  if (type === "text" && Number.parseInt(hash.slice(-1), 16) % 2 === 0) return `verify-${slug(name)}`;
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-4${hash.slice(13, 16)}-8${hash.slice(17, 20)}-${hash.slice(20, 32)}`;
}

function slug(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
}
