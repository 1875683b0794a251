import { formatName } from "../../sql/names.ts";
import type { Node } from "../../sql/parser.ts";
import type { CommonNotice, Effect } from "./effect.ts";
import { roleOf, rolesOf } from "./statement-parts.ts";

/** The roles that a declaration names. */
export interface DeclaredRoles {
  /** The owner of the declared object. */
  readonly owner?: string;
  /** Those for which it declares something: grants, policies or default privileges. Default: none. */
  readonly recipients?: readonly string[];
  /** Those of which it makes a role a member. Default: none. */
  readonly memberOf?: readonly string[];
}

type OfRole = Effect & { readonly target: { readonly kind: "role" } };
type StatementEffect = OfRole extends infer Each ? (Each extends OfRole ? Omit<Each, "migration"> : never) : never;

/** The effects of a statement on a role, and so on every object whose declaration names it. */
export const roleReaders: Readonly<Record<string, (body: Node, user: string) => readonly StatementEffect[]>> = {
  DropOwnedStmt: ({ roles }, user) =>
    rolesOf(roles, user).map((id) => ({ does: "drops what is of", target: { kind: "role", id } })),
  ReassignOwnedStmt: ({ roles, newrole }, user) =>
    rolesOf(roles, user).map((id) => ({
      does: "gives what is of",
      target: { kind: "role", id },
      owner: roleOf(newrole, user),
    })),
  DropRoleStmt: ({ roles }, user) =>
    rolesOf(roles, user).map((id) => ({ does: "drops", target: { kind: "role", id } })),
  CreateRoleStmt: ({ role, options }, user) => {
    const target = { kind: "role", id: String(role) } as const;
    return [
      { does: "creates the role", target },
      ...((options ?? []) as Node[]).flatMap(({ DefElem }) => attributeOf(String(role), DefElem as Node)),
      ...((options ?? []) as Node[]).flatMap(({ DefElem }) => membershipsOf(String(role), DefElem as Node, user)),
    ];
  },
  AlterRoleStmt: ({ role, options, action }, user) => {
    const id = roleOf(role, user);
    return ((options ?? []) as Node[]).flatMap(({ DefElem }): StatementEffect[] => {
      const { defname, arg } = DefElem as Node;
      if (defname === "rolemembers") {
        const { items } = ((arg as Node).List ?? {}) as Node;
        // +1 adds members, -1 drops them.
        return rolesOf(items, user).map((member) => membership(id, member, action === 1));
      }
      return [...attributeOf(id, DefElem as Node)];
    });
  },
  GrantRoleStmt: ({ granted_roles: granted, grantee_roles: grantees, is_grant: isGrant, opt }, user) =>
    // Only an option is revoked; the membership stays.
    isGrant !== true && opt !== undefined
      ? []
      : ((granted ?? []) as Node[]).flatMap(({ AccessPriv }) =>
          rolesOf(grantees, user).map((member) =>
            membership(String((AccessPriv as Node).priv_name), member, isGrant === true),
          ),
        ),
};

function attributeOf(id: string, { defname, arg }: Node): readonly StatementEffect[] {
  const attribute = attributes[String(defname)];
  if (attribute === undefined) return [];
  const isOn = ((arg as Node).Boolean as Node | undefined)?.boolval === true;
  return [{ does: "sets the attribute", target: { kind: "role", id }, attribute, isOn }];
}

/** By the parser's names. */
const attributes: Readonly<Record<string, string>> = {
  bypassrls: "BYPASSRLS",
  superuser: "SUPERUSER",
  createrole: "CREATEROLE",
  createdb: "CREATEDB",
  isreplication: "REPLICATION",
  canlogin: "LOGIN",
};

/** CREATE ROLE … IN ROLE, ROLE and ADMIN. */
function membershipsOf(id: string, { defname, arg }: Node, user: string): readonly StatementEffect[] {
  const roles = () => rolesOf((((arg as Node).List as Node | undefined)?.items ?? arg) as unknown, user);
  if (defname === "addroleto") return roles().map((role) => membership(role, id, true));
  if (defname === "rolemembers" || defname === "adminmembers") return roles().map((role) => membership(id, role, true));
  return [];
}

export function renamedRole(from: unknown, to: unknown): StatementEffect {
  return { does: "renames", target: { kind: "role", id: String(from) }, to: String(to) };
}

/** The effects of pending migrations on roles that a declaration names. */
export function tellRoles(effects: readonly Effect[], { owner, ...named }: DeclaredRoles): readonly CommonNotice[] {
  const recipients = new Set([...(owner === undefined ? [] : [owner]), ...(named.recipients ?? [])]);
  const memberOf = new Set(named.memberOf);
  return effects.flatMap((effect) => {
    if (effect.target.kind !== "role") return [];
    const { id } = effect.target;
    // A declared membership needs no more of the role than that it exists under this name.
    const concerns = recipients.has(id) || (memberOf.has(id) && (effect.does === "drops" || effect.does === "renames"));
    if (!concerns) return [];
    const message = tell(effect as OfRole, owner);
    return message === undefined
      ? []
      : [{ severity: severityOf(effect as OfRole), message: `the pending migration ${effect.migration} ${message}` }];
  });
}

function tell(effect: OfRole, owner: string | undefined): string | undefined {
  const role = formatName(effect.target.id);
  switch (effect.does) {
    case "drops what is of":
      return `drops what ${role} owns, its privileges and the policies for it alone, declared ones among them: the update makes them again, tables excepted`;
    case "gives what is of":
      return owner !== effect.target.id || owner === effect.owner
        ? undefined
        : `gives what ${role} owns to ${formatName(effect.owner)}, declared objects among it: the update gives these back`;
    case "drops":
      return `drops the role ${role}, which declared objects name: the update fails without it`;
    case "renames":
      return `renames the role ${role} to ${formatName(effect.to ?? "")}, and declared objects name it as before: the update fails without that name`;
    case "sets the attribute": {
      const { attribute, isOn } = effect;
      if (attribute !== "BYPASSRLS" && attribute !== "SUPERUSER") return undefined;
      const meaning = isOn ? "no declared policy asks it any more" : "that decides whether declared policies ask it";
      return `makes ${role} ${isOn ? attribute : `NO${attribute}`}: ${meaning}, and only a Role that declares it changes that back`;
    }
    case "adds the member":
      return `makes ${formatName(effect.member)} a member of ${role}, for whom objects are declared: only a Role that declares it changes that back`;
    case "ends the membership of":
      return `ends ${formatName(effect.member)}'s membership of ${role}, for whom objects are declared: only a Role that declares it changes that back`;
    default:
      return undefined;
  }
}

function severityOf({ does }: OfRole): CommonNotice["severity"] {
  return does === "ends the membership of" ? "info" : "warning";
}

function membership(id: string, member: string, isAdded: boolean): StatementEffect {
  return { does: isAdded ? "adds the member" : "ends the membership of", target: { kind: "role", id }, member };
}
