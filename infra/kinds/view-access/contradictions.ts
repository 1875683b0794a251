import { type Contradiction, type Effect, effectsOnRelation } from "../../access/effects/effect.ts";
import { judgeGrants, judgeOwner } from "../../access/effects/judge-grants.ts";
import type { ViewAccess } from "./kind.ts";

/** Where migrations contradict a view's declared options, grants and owner. */
export function viewContradictions(
  effects: readonly Effect[],
  id: string,
  declared: ViewAccess,
): readonly Contradiction[] {
  const own = effectsOnRelation(effects, id);
  return [
    ...judgeGrants(own, id, declared.owner, declared.grants),
    ...judgeInvoker(own, id, declared.securityInvoker),
    ...judgeOwner(own, id, declared.owner),
  ];
}

function judgeInvoker(effects: readonly Effect[], id: string, declared: boolean): readonly Contradiction[] {
  const last = effects.findLast(({ does }) => does === "sets the rights of the reader");
  if (last?.does !== "sets the rights of the reader" || last.isOn === declared) return [];
  return [
    {
      migration: last.migration,
      action: `has ${id} read with the rights of ${last.isOn ? "whoever queries it" : "its owner"}`,
      declared: "declares otherwise",
      remedy: "changes that back",
      opens: !last.isOn,
    },
  ];
}
