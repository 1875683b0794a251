import { type Contradiction, type Effect, effectsOnRelation } from "../../access/effects/effect.ts";
import { judgeGrants, judgeOwner } from "../../access/effects/judge-grants.ts";
import { judgePolicies } from "../../access/effects/judge-policies.ts";
import type { TableAccess } from "./kind.ts";

/** Where migrations contradict a table's declared flags, policies, grants and owner. */
export function tableContradictions(
  effects: readonly Effect[],
  id: string,
  declared: TableAccess,
): readonly Contradiction[] {
  const own = effectsOnRelation(effects, id);
  return [
    ...judgeGrants(own, id, declared.owner, declared.grants),
    ...judgePolicies(
      own,
      id,
      (name) => declared.policies[name],
      () => true,
    ),
    ...judgeFlags(own, id, declared),
    ...judgeOwner(own, id, declared.owner),
  ];
}

function judgeFlags(effects: readonly Effect[], id: string, table: TableAccess): readonly Contradiction[] {
  return (["rowSecurity", "forceRowSecurity"] as const).flatMap((flag) => {
    const last = effects.findLast((effect) => effect.does === "sets" && effect.flag === flag);
    if (last?.does !== "sets" || last.value === table[flag]) return [];
    const what = flag === "rowSecurity" ? "row-level security" : "row-level security for the owner";
    return [
      {
        migration: last.migration,
        action: `switches ${what} ${last.value ? "on" : "off"} on ${id}`,
        declared: `declares ${last.value ? "off" : "on"}`,
        remedy: `switches it ${last.value ? "off" : "on"} again`,
        opens: !last.value,
      },
    ];
  });
}
