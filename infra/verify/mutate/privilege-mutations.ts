import { rowCommands } from "../../access/reach/extent.ts";
import { withFunction, withRelation } from "../../access/reach/overlay.ts";
import {
  kindOf,
  type Privilege,
  type Reachable,
  type ReachableFunction,
  type Relation,
} from "../../access/reach/reachable.ts";
import { formatQualified, quoteIdentifier, quoteQualified, quoteRole } from "../../sql/quote.ts";
import type { Mutation } from "./mutation.ts";

const requestRoles = ["anon", "authenticated"];

/** Each privilege of a request role on a table, view or column: granted if it is missing, revoked if it is held. */
export function privilegeMutations(relation: Relation, reachable: Reachable): readonly Mutation[] {
  return [...requestRoles, "service_role"].flatMap((role) =>
    rowCommands.flatMap((command) => {
      const held = relation.privileges.filter((each) => each.role === role && each.privilege === command);
      const whole = held.some(({ column }) => column === undefined);
      const columns = held.flatMap(({ column }) => column ?? []);
      const change = (gives: boolean, column?: string) =>
        changeOf(relation, reachable, { role, command, gives, column });
      // Nobody depends on the service role lacking a privilege.
      const isGiven = role !== "service_role";
      if (whole) return [change(false)];
      const missing = command === "delete" ? [] : relation.columns.filter((column) => !columns.includes(column));
      return [
        ...(isGiven ? [change(true)] : []),
        ...columns.map((column) => change(false, column)),
        ...(isGiven ? missing.map((column) => change(true, column)) : []),
      ];
    }),
  );
}

interface Change {
  readonly role: string;
  readonly command: string;
  readonly gives: boolean;
  readonly column: string | undefined;
}

function changeOf(relation: Relation, reachable: Reachable, { role, command, gives, column }: Change): Mutation {
  const object = formatQualified(relation);
  const privilege = column === undefined ? command : `${command} (${quoteIdentifier(column)})`;
  const words = `${privilege} on ${object} ${gives ? "to" : "from"} ${role}`;
  const same = (each: Privilege) =>
    each.role === role && each.privilege === command && (column === undefined || each.column === column);
  const entry: Privilege = { role, privilege: command, ...(column === undefined ? {} : { column }) };
  return {
    ...{
      object,
      kind: "privilege",
      commands: [command],
      roles: [role],
      name: `${gives ? "grant" : "revoke"} ${words}`,
    },
    statements: [
      `${gives ? "grant" : "revoke"} ${privilege} on ${quoteQualified(relation)} ${gives ? "to" : "from"} ${quoteIdentifier(role)}`,
    ],
    reachable: withRelation(reachable, relation, ({ privileges }) => ({
      privileges: gives ? [...privileges, entry] : privileges.filter((each) => !same(each)),
    })),
  };
}

/** Mutations of the EXECUTE privilege. */
export function executeMutations(called: ReachableFunction, name: string, reachable: Reachable): readonly Mutation[] {
  const isForAll = called.privileges.some(({ role }) => role === "public");
  return [...requestRoles, ...(isForAll ? ["public"] : [])].map((role) => {
    const isHeld = called.privileges.some((each) => each.role === role && each.privilege === "execute");
    const privileges = isHeld
      ? called.privileges.filter((each) => each.role !== role || each.privilege !== "execute")
      : [...called.privileges, { role, privilege: "execute" }];
    const words = isHeld ? "revoke execute on function" : "grant execute on function";
    return {
      ...{ object: called.signature, kind: "privilege" as const, roles: [role] },
      name: `${isHeld ? "revoke" : "grant"} execute on ${called.signature} ${isHeld ? "from" : "to"} ${role}`,
      statements: [`${words} ${name} ${isHeld ? "from" : "to"} ${quoteRole(role)}`],
      reachable: withFunction(reachable, { ...called, privileges }),
    };
  });
}

/** Row-level security switched on or off, forced or not forced; `security_invoker` of a view. */
export function flagMutations(relation: Relation, reachable: Reachable): readonly Mutation[] {
  const object = formatQualified(relation);
  const name = quoteQualified(relation);
  const change = (what: string, statement: string, changed: Partial<Relation>): Mutation => ({
    ...{ object, kind: "flag", name: `${kindOf(relation)} ${object}: ${what}`, statements: [statement] },
    reachable: withRelation(reachable, relation, () => changed),
  });
  if (relation.kind === "v") {
    const isInvoker = !relation.isInvoker;
    const statement = `alter view ${name} set (security_invoker = ${isInvoker})`;
    return [change(`security_invoker = ${isInvoker}`, statement, { isInvoker })];
  }
  if (relation.kind !== "r" && relation.kind !== "p") return [];
  const { rowSecurity, forceRowSecurity } = relation;
  const words = [rowSecurity ? "disable" : "enable", forceRowSecurity ? "no force" : "force"];
  return [
    change(`${words[0]} row level security`, `alter table ${name} ${words[0]} row level security`, {
      rowSecurity: !rowSecurity,
    }),
    change(`${words[1]} row level security`, `alter table ${name} ${words[1]} row level security`, {
      forceRowSecurity: !forceRowSecurity,
    }),
  ];
}
