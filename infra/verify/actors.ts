import { createHash } from "node:crypto";
import type { People } from "./declaration.ts";
import type { Membership, Person } from "./who.ts";

/** Somebody who tries things, with the claims that the API would hand on. */
export interface Actor extends Person {
  /** What the matrix calls everybody like them: `OWNER`, `outsider`, `odd claims`. */
  readonly kind: string;
  /** The tenant that they left. */
  readonly formerTenant?: string;
  /** Whether they have a row in the table of people. */
  readonly hasRow: boolean;
  /** Whether they only have rows, and try nothing. */
  readonly isSilent?: true;
  /** What the API hands on as `request.jwt.claims`. */
  readonly claims: (context: ClaimsContext) => string;
}

/** What claims may tell of. */
export interface ClaimsContext {
  /** The key of a tenant's own row, as text. */
  readonly tenantId: (tenant: string | undefined) => string | undefined;
}

export const tenantNames: readonly string[] = ["A", "B"];

/** Who tries: each role in two tenants, who is in both, in none, or has left, and tokens that say too little, nonsense, or lies. */
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
  // A second one of each role, so that a row of a colleague's is at hand, and the last owner is not alone.
  const colleagues = insiders.map((person) => ({
    ...signedIn(`another ${person.name}`, person.kind, person),
    isSilent: true as const,
  }));
  // Who has the most to say in both could move what members can't.
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

/** Of one person, in the tenants one after the other. */
function membershipsWith({ members }: People, roles: readonly (string | undefined)[]): readonly Membership[] {
  if (members === undefined) return [];
  return tenantNames.map((tenant, index) => {
    const role = roles[index];
    return { tenant, ...(members.role === undefined || role === undefined ? {} : { role }) };
  });
}

/** Whether the token says of which tenant, or of which role, somebody is: then it speaks of one, and nobody is in both. */
function isToldByToken({ claims }: People, memberships: readonly Membership[]): boolean {
  if (claims === undefined) return false;
  const person = { name: "", subject: "", email: "", databaseRole: "authenticated", isKnown: true } as const;
  return (
    new Set(memberships.map((each) => JSON.stringify(claims({ ...person, ...each, tenantId: each.tenant })))).size > 1
  );
}

const strange = "' or true --";

/** Requests of nobody that the database can know. */
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
      // What the application's own tokens say is told where the user can write it, as it stands there and each by itself.
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
    // Where any text is a subject, it is somebody's.
    {
      ...odd("with a subject of another kind", () => JSON.stringify({ role: "authenticated", sub: strange })),
      ...(subjectType === "text" ? { subject: strange, isKnown: true } : {}),
    },
    odd("with malformed claims", () => '{"role":"authenticated","sub":'),
    { ...liar, isKnown: true, hasRow: true, ...(outsider.subject === undefined ? {} : { subject: outsider.subject }) },
  ];
}

/** The objects in an object, itself included, the innermost first. */
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

/** The same in every run, so that a statement that was printed can be used again. Where any text is a subject, every second one is no uuid. */
function subjectOf(name: string, type: "uuid" | "text"): string {
  const hash = createHash("sha256").update(`palisade verify ${name}`).digest("hex");
  if (type === "text" && Number.parseInt(hash.slice(-1), 16) % 2 === 0) return `verify-${slug(name)}`;
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-4${hash.slice(13, 16)}-8${hash.slice(17, 20)}-${hash.slice(20, 32)}`;
}

function slug(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
}
