import type { Declaration } from "../../../provider/declarations.ts";
import type { Bucket } from "../../bucket/kind.ts";
import type { ExclusivePolicies } from "../../exclusive-policies/kind.ts";
import type { DatabaseFunction } from "../../function/kind.ts";
import type { PolicyResource } from "../../policy/kind.ts";
import type { Publication } from "../../publication/kind.ts";
import type { Schema } from "../../schema/kind.ts";
import { parseQualified } from "../../sql/quote.ts";
import type { TableAccess } from "../../table-access/kind.ts";
import type { Contradiction, Effect } from "./effect.ts";
import { judgeBucket } from "./judge-bucket.ts";
import { judgeFunction } from "./judge-function.ts";
import { judgeGrants, judgeOwner } from "./judge-grants.ts";
import { judgePolicies } from "./judge-policies.ts";
import { judgePublication } from "./judge-publication.ts";
import { judgeSchema } from "./judge-schema.ts";
import { isFunction } from "./statement-parts.ts";

/** What of pending migrations contradicts one declaration, in the order of the scripts. Nothing where they leave what is declared. */
export function judge(effects: readonly Effect[], { kind, id, inputs }: Declaration): readonly Contradiction[] {
  switch (kind) {
    case "TableAccess": {
      const table = inputs as TableAccess;
      const schema = parseQualified(id).schema;
      const own = effects.filter(
        ({ target }) =>
          (target.kind === "table" && target.id === id) || (target.kind === "tables in schema" && target.id === schema),
      );
      return [
        ...judgeGrants(own, id, table.owner, table.grants),
        ...judgePolicies(
          own,
          id,
          (name) => table.policies[name],
          () => true,
        ),
        ...judgeFlags(own, id, table),
        ...judgeOwner(own, id, table.owner),
      ];
    }
    case "Policy": {
      const policy = inputs as PolicyResource;
      const own = ofTable(effects, policy.table);
      return judgePolicies(
        own,
        policy.table,
        (name) => (name === policy.name ? policy : undefined),
        (name) => name === policy.name,
      );
    }
    case "ExclusivePolicies": {
      const { table, policies } = inputs as ExclusivePolicies;
      return judgePolicies(
        ofTable(effects, table),
        table,
        () => undefined,
        (name) => policies[name] !== true,
      );
    }
    case "Function": {
      const declared = inputs as DatabaseFunction;
      const { schema } = parseQualified(id.slice(0, id.indexOf("(")));
      const own = effects.filter(
        ({ target }) =>
          (target.kind === "function" && isFunction(target.function, id)) ||
          (target.kind === "functions in schema" && target.id === schema),
      );
      const execute = Object.fromEntries(declared.execute.map((role) => [role, { execute: true } as const]));
      return [
        ...judgeFunction(own, id, declared),
        ...judgeGrants(own, `the function ${id}`, declared.owner, execute),
        ...judgeOwner(own, `the function ${id}`, declared.owner),
      ];
    }
    case "Schema": {
      const declared = inputs as Schema;
      const own = effects.filter(({ target }) => target.kind === "schema" && target.id === id);
      const grants = Object.fromEntries(
        Object.entries(declared.grants).map(([role, list]) => [
          role,
          Object.fromEntries(list.map((name) => [name, true as const])),
        ]),
      );
      return [
        ...judgeSchema(effects, id),
        ...judgeGrants(own, `the schema ${id}`, declared.owner, grants),
        ...judgeOwner(own, `the schema ${id}`, declared.owner),
      ];
    }
    case "Publication": {
      const declared = inputs as Publication;
      const own = effects.filter(({ target }) => target.kind === "publication" && target.id === id);
      return [...judgePublication(own, id, declared), ...judgeOwner(own, `the publication ${id}`, declared.owner)];
    }
    case "Bucket":
      return judgeBucket(
        effects.filter(({ target }) => target.kind === "bucket" && (target.id === id || target.id === undefined)),
        inputs as Bucket,
      );
    default:
      return [];
  }

  function ofTable(all: readonly Effect[], table: string): readonly Effect[] {
    return all.filter(({ target }) => target.kind === "table" && target.id === table);
  }
}

function judgeFlags(effects: readonly Effect[], id: string, table: TableAccess): readonly Contradiction[] {
  return (["rowSecurity", "forceRowSecurity"] as const).flatMap((flag) => {
    const last = effects.findLast((effect) => effect.does === "sets" && effect.flag === flag);
    if (last?.does !== "sets" || last.value === table[flag]) return [];
    const what = flag === "rowSecurity" ? "row-level security" : "row-level security for the owner";
    return [
      {
        migration: last.migration,
        deed: `switches ${what} ${last.value ? "on" : "off"} on ${id}`,
        declared: `declares ${last.value ? "off" : "on"}`,
        remedy: `switches it ${last.value ? "off" : "on"} again`,
        opens: !last.value,
      },
    ];
  });
}
