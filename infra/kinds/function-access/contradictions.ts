import { type Contradiction, type Effect, effectsOnFunction } from "../../access/effects/effect.ts";
import { judgeGrants, judgeOwner } from "../../access/effects/judge-grants.ts";
import { securityIn } from "../../access/effects/statement-parts.ts";
import type { Node } from "../../sql/parser.ts";
import type { FunctionAccess } from "./kind.ts";

/** Where migrations contradict the declaration of who may execute a function, and with whose rights it runs. */
export function accessContradictions(
  effects: readonly Effect[],
  id: string,
  declared: FunctionAccess,
): readonly Contradiction[] {
  const own = effectsOnFunction(effects, id);
  const object = `the function ${id}`;
  const execute = Object.fromEntries(declared.execute.map((role) => [role, { execute: true } as const]));
  return [
    ...judgeGrants(own, object, declared.owner, execute),
    ...judgeOwner(own, object, declared.owner),
    ...judgeDefiner(own, object, declared.securityDefiner),
  ];
}

/** Checks SECURITY DEFINER after the last statement that sets it. */
function judgeDefiner(effects: readonly Effect[], object: string, declared: boolean): readonly Contradiction[] {
  const last = effects.flatMap((effect) => {
    const isDefiner = definerIn(effect);
    return isDefiner === undefined ? [] : [{ migration: effect.migration, isDefiner }];
  });
  const { migration, isDefiner } = last.at(-1) ?? { migration: "", isDefiner: declared };
  if (isDefiner === declared) return [];
  const whose = isDefiner ? "with its owner's rights" : "with the rights of whoever calls it";
  return [
    {
      migration,
      action: `has ${object} run ${whose}`,
      declared: "declares otherwise",
      remedy: "changes that back",
      opens: isDefiner,
    },
  ];
}

/** A definition that does not mention it makes the function SECURITY INVOKER. */
function definerIn(effect: Effect): boolean | undefined {
  if (effect.does === "defines") return securityIn((effect.definition as Node).options) ?? false;
  return effect.does === "alters" ? securityIn(effect.actions) : undefined;
}
