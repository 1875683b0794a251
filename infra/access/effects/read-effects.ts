import { nameOf, objectOf, relationOf } from "../../sql/nodes.ts";
import { type Node, splitStatements } from "../../sql/parser.ts";
import { formatQualified } from "../../sql/quote.ts";
import { bucketEffects, wholesaleBucketEffects } from "./bucket-effects.ts";
import { creationReaders, defaultEffects, isInvoker, ruleEffects } from "./creations.ts";
import type { Effect, PolicyText, PublishedTable, Target } from "./effect.ts";
import { renamedRole, roleReaders } from "./role-effects.ts";
import { createdFunctionOf, functionOf, roleOf, rolesOf, stringsIn } from "./statement-parts.ts";

type StatementEffect = Effect extends infer Each ? (Each extends Effect ? Omit<Each, "migration"> : never) : never;

/**
 * A script's effects on access, statement by statement. It only parses the text, so the effects of DO blocks and
 * functions are unknown. Unqualified names are taken to be in `public`. Await `loadParser` first.
 * @throws the parser's error
 */
export function readEffects(migration: string, script: string, user: string): readonly Effect[] {
  return splitStatements(script).flatMap(({ node }) =>
    readStatement(node, user).map((effect) => ({ migration, ...effect }) as Effect),
  );
}

function readStatement(node: Node, user: string): readonly StatementEffect[] {
  const [type = "", value] = Object.entries(node)[0] ?? [];
  const body = (value ?? {}) as Node;
  return [...(readers[type]?.(body, user) ?? []), ...statementsIn(body).flatMap((inner) => readStatement(inner, user))];
}

/** Statements nested in another one: CTEs, the elements of CREATE SCHEMA, the statement of EXPLAIN. */
function statementsIn({ withClause, schemaElts, query }: Node): readonly Node[] {
  const queries = ((withClause as Node | undefined)?.ctes ?? []) as Node[];
  return [
    ...queries.map(({ CommonTableExpr }) => (CommonTableExpr as Node).ctequery as Node),
    ...((schemaElts ?? []) as Node[]),
    ...(query === undefined ? [] : [query as Node]),
  ];
}

const readers: Readonly<Record<string, (body: Node, user: string) => readonly StatementEffect[]>> = {
  GrantStmt: grant,
  CreatePolicyStmt: ({ policy_name, table, ...rest }, user) => [
    {
      does: "creates the policy",
      target: tableOf(table),
      policy: String(policy_name),
      text: policyText(rest, user, true),
    },
  ],
  AlterPolicyStmt: ({ policy_name, table, ...rest }, user) => [
    {
      does: "alters the policy",
      target: tableOf(table),
      policy: String(policy_name),
      text: policyText(rest, user, false),
    },
  ],
  AlterTableStmt: alterTable,
  AlterOwnerStmt: ({ objectType, object, newowner }, user) =>
    targetsOf(String(objectType), [object]).map((target) => ({
      does: "gives to",
      target,
      owner: roleOf(newowner, user),
    })),
  AlterObjectSchemaStmt: ({ objectType, object, relation, newschema }) =>
    relation === undefined
      ? targetsOf(String(objectType), [object]).map((target) => ({
          does: "renames",
          target,
          toSchema: String(newschema),
        }))
      : [{ does: "moves", target: tableOf(relation), to: { ...relationOf(relation), schema: String(newschema) } }],
  RenameStmt: rename,
  DropStmt: drop,
  CreateFunctionStmt: (body) => [
    { does: "defines", target: { kind: "function", function: createdFunctionOf(body) }, definition: body },
  ],
  AlterFunctionStmt: ({ func, actions }) => [
    { does: "alters", target: { kind: "function", function: functionOf(func) }, actions: (actions ?? []) as unknown[] },
  ],
  CreateSchemaStmt: ({ schemaname, authrole }, user) => [
    { does: "gives to", target: { kind: "schema", id: String(schemaname) }, owner: roleOf(authrole, user) },
  ],
  CreatePublicationStmt: ({ pubname, pubobjects, for_all_tables: all, options }) => {
    const target = { kind: "publication", id: String(pubname) } as const;
    return [
      ...published(target, pubobjects, "publishes only", all === true),
      { does: "changes settings", target, options: (options ?? []) as unknown[], isNew: true },
    ];
  },
  AlterPublicationStmt: ({ pubname, pubobjects, action, options, for_all_tables: all }) => {
    const target = { kind: "publication", id: String(pubname) } as const;
    if (options !== undefined) {
      return [{ does: "changes settings", target, options: options as unknown[], isNew: false }];
    }
    if (action !== "AP_DropObjects") {
      return published(target, pubobjects, action === "AP_SetObjects" ? "publishes only" : "publishes", all === true);
    }
    return [{ does: "stops publishing", target, tables: tablesIn(pubobjects).map(({ table }) => table) }];
  },
  InsertStmt: (body) => bucketEffects("InsertStmt", body),
  UpdateStmt: (body) => bucketEffects("UpdateStmt", body),
  DeleteStmt: (body) => bucketEffects("DeleteStmt", body),
  MergeStmt: (body) => bucketEffects("MergeStmt", body),
  TruncateStmt: ({ relations }) =>
    wholesaleBucketEffects(
      ((relations ?? []) as Node[]).map(({ RangeVar }) => RangeVar),
      "drops",
    ),
  CopyStmt: ({ relation, is_from }) => (is_from === true ? wholesaleBucketEffects([relation], "makes") : []),
  ...roleReaders,
  ...creationReaders,
  AlterDefaultPrivilegesStmt: defaultEffects,
  RuleStmt: ruleEffects,
};

function grant(body: Node, user: string): readonly StatementEffect[] {
  const { is_grant, targtype, objtype, objects, privileges, grantees, grant_option } = body;
  const listed = privileges as Node[] | undefined;
  const isAll = targtype === "ACL_TARGET_ALL_IN_SCHEMA";
  if (targtype === "ACL_TARGET_DEFAULTS") return [];
  const targets = isAll
    ? stringsIn(objects).flatMap((id): Target[] => {
        if (objtype === "OBJECT_TABLE") return [{ kind: "tables in schema", id }];
        if (objtype === "OBJECT_SEQUENCE") return [{ kind: "sequences in schema", id }];
        return functionTypes.has(String(objtype)) ? [{ kind: "functions in schema", id }] : [];
      })
    : targetsOf(String(objtype), (objects ?? []) as Node[]);
  return targets.map((target) => ({
    does: is_grant === true ? "grants" : "revokes",
    target,
    roles: rolesOf(grantees, user),
    withGrantOption: grant_option === true,
    privileges: listed?.map(({ AccessPriv }) => {
      const { priv_name, cols } = AccessPriv as Node;
      // ALL with columns has no name in the tree.
      return { name: String(priv_name ?? "all"), ...(cols === undefined ? {} : { columns: stringsIn(cols) }) };
    }),
  }));
}

function alterTable({ relation, cmds }: Node, user: string): readonly StatementEffect[] {
  const target = tableOf(relation);
  return ((cmds ?? []) as Node[]).flatMap(({ AlterTableCmd }): StatementEffect[] => {
    const { subtype, newowner, def } = AlterTableCmd as Node;
    const flag = flags[String(subtype)];
    if (flag !== undefined) return [{ does: "sets", target, ...flag }];
    if (subtype === "AT_AddInherit") {
      return [{ does: "inherits", target, from: relationOf((def as Node | undefined)?.RangeVar) }];
    }
    if (subtype === "AT_SetRelOptions" || subtype === "AT_ResetRelOptions") {
      const options = (((def as Node | undefined)?.List as Node | undefined)?.items ?? []) as Node[];
      const names = options.map(({ DefElem }) => (DefElem as Node).defname);
      if (!names.includes("security_invoker")) return [];
      return [
        { does: "sets the rights of the reader", target, isOn: subtype === "AT_SetRelOptions" && isInvoker(options) },
      ];
    }
    return subtype === "AT_ChangeOwner" ? [{ does: "gives to", target, owner: roleOf(newowner, user) }] : [];
  });
}

const flags: Readonly<Record<string, { readonly flag: "rowSecurity" | "forceRowSecurity"; readonly value: boolean }>> =
  {
    AT_EnableRowSecurity: { flag: "rowSecurity", value: true },
    AT_DisableRowSecurity: { flag: "rowSecurity", value: false },
    AT_ForceRowSecurity: { flag: "forceRowSecurity", value: true },
    AT_NoForceRowSecurity: { flag: "forceRowSecurity", value: false },
  };

function rename({ renameType, relation, object, subname, newname }: Node): readonly StatementEffect[] {
  if (renameType === "OBJECT_POLICY") {
    const target = tableOf(relation);
    return [
      { does: "drops the policy", target, policy: String(subname) },
      { does: "creates the policy", target, policy: String(newname), text: {} },
    ];
  }
  if (renameType === "OBJECT_ROLE") return [renamedRole(subname, newname)];
  if (relation !== undefined) {
    // Renaming a column does not affect access.
    if (!relationTypes.has(String(renameType))) return [];
    return [{ does: "moves", target: tableOf(relation), to: { ...relationOf(relation), name: String(newname) } }];
  }
  const named = renameType === "OBJECT_SCHEMA" ? { String: { sval: subname } } : object;
  const to = { to: String(newname) };
  return targetsOf(String(renameType), [named]).map((target) => ({ does: "renames", target, ...to }));
}

function drop({ removeType, objects }: Node): readonly StatementEffect[] {
  const dropped = (objects ?? []) as Node[];
  if (relationTypes.has(String(removeType))) {
    return dropped.map((object) => ({
      does: "removes",
      target: { kind: "table", id: formatQualified(objectOf(object)) },
    }));
  }
  if (removeType !== "OBJECT_POLICY") {
    return targetsOf(String(removeType), dropped)
      .filter(({ kind }) => kind !== "table")
      .map((target) => ({ does: "drops", target }));
  }
  return dropped.map(({ List }) => {
    const items = ((List as Node | undefined)?.items ?? []) as Node[];
    const id = formatQualified(nameOf(items.slice(0, -1)));
    return { does: "drops the policy", target: { kind: "table", id }, policy: stringsIn(items).at(-1) ?? "" };
  });
}

const relationTypes = new Set([
  "OBJECT_TABLE",
  "OBJECT_VIEW",
  "OBJECT_MATVIEW",
  "OBJECT_FOREIGN_TABLE",
  "OBJECT_SEQUENCE",
]);

const functionTypes = new Set(["OBJECT_FUNCTION", "OBJECT_PROCEDURE", "OBJECT_ROUTINE"]);

function targetsOf(type: string, objects: readonly unknown[]): readonly Target[] {
  return objects.flatMap((object): Target[] => {
    const { RangeVar, ObjectWithArgs } = object as Node;
    if (type === "OBJECT_TABLE") {
      return [{ kind: "table", id: formatQualified(RangeVar === undefined ? objectOf(object) : relationOf(RangeVar)) }];
    }
    if (type === "OBJECT_SEQUENCE") return [{ kind: "sequence", id: formatQualified(relationOf(RangeVar)) }];
    if (functionTypes.has(type)) return [{ kind: "function", function: functionOf(ObjectWithArgs) }];
    const [id = ""] = stringsIn([object]);
    if (type === "OBJECT_SCHEMA") return [{ kind: "schema", id }];
    return type === "OBJECT_PUBLICATION" ? [{ kind: "publication", id }] : [];
  });
}

function tableOf(relation: unknown): Target {
  return { kind: "table", id: formatQualified(relationOf(relation)) };
}

/** Properties that a statement leaves out: a new policy gets PostgreSQL's defaults, an altered one keeps its own. */
function policyText({ cmd_name, permissive, roles, qual, with_check }: Node, user: string, isNew: boolean): PolicyText {
  return {
    ...(isNew ? { command: String(cmd_name ?? "all"), as: permissive === true ? "permissive" : "restrictive" } : {}),
    ...(roles === undefined && !isNew ? {} : { roles: roles === undefined ? ["public"] : rolesOf(roles, user) }),
    ...(qual === undefined ? {} : { using: qual }),
    ...(with_check === undefined ? {} : { withCheck: with_check }),
  };
}

function published(
  target: Target,
  objects: unknown,
  does: "publishes" | "publishes only",
  all: boolean,
): readonly StatementEffect[] {
  const schemas = ((objects ?? []) as Node[])
    .map(({ PublicationObjSpec }) => PublicationObjSpec as Node)
    .filter(({ pubobjtype }) => pubobjtype !== "PUBLICATIONOBJ_TABLE");
  return [
    ...(all ? [{ does: "publishes all of", target, what: "all tables" } as const] : []),
    ...schemas.map(
      ({ name }) =>
        ({
          does: "publishes all of",
          target,
          what: `all tables in the schema ${String(name)}`,
          schema: String(name),
        }) as const,
    ),
    { does, target, tables: tablesIn(objects) },
  ];
}

function tablesIn(objects: unknown): readonly PublishedTable[] {
  return ((objects ?? []) as Node[]).flatMap(({ PublicationObjSpec }) => {
    const { pubtable } = PublicationObjSpec as Node;
    const { relation, columns, whereClause } = (pubtable ?? {}) as Node;
    if (relation === undefined) return [];
    const table = formatQualified(relationOf(relation));
    return [{ table, columns: columns && stringsIn(columns), condition: whereClause }];
  }) as PublishedTable[];
}
