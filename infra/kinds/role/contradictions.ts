import type { Contradiction, Effect } from "../../access/effects/effect.ts";
import { formatName } from "../../sql/names.ts";
import { ownEntry } from "../../values/properties.ts";
import type { Role } from "./kind.ts";

/**
 * Where migrations contradict a declared role. If several statements concern the same property, the last one counts.
 */
export function roleContradictions(effects: readonly Effect[], id: string, declared: Role): readonly Contradiction[] {
  const found = new Map<string, Contradiction | undefined>();
  for (const effect of effects) {
    if (effect.target.kind !== "role") continue;
    const { migration, target } = effect;
    const role = formatName(id);
    const note = (key: string, action: string, isMeant: boolean, isMore: boolean, remedy: string) => {
      const declared = isMore ? "does not declare" : "declares";
      found.set(key, isMeant ? undefined : { migration, action, declared, remedy, opens: isMore });
    };
    if (target.id === id && (effect.does === "drops" || effect.does === "renames")) {
      note("", `${effect.does} the role ${role}`, false, false, "makes it again");
    } else if (target.id === id && effect.does === "sets the attribute") {
      const { attribute, isOn } = effect;
      // The attributes of the platform's roles can't be declared, and only a superuser can revoke SUPERUSER.
      if (declared.bypassRowLevelSecurity === undefined || attribute !== "BYPASSRLS") continue;
      const isMeant = declared.bypassRowLevelSecurity === isOn;
      note(
        attribute,
        `makes ${role} ${isOn ? "" : "NO"}BYPASSRLS`,
        isMeant,
        isOn,
        isOn ? "takes it back" : "makes it that again",
      );
    } else if ("member" in effect && effect.member === id && declared.memberOf !== undefined) {
      const isAdded = effect.does === "adds the member";
      const isMeant = (ownEntry(declared.memberOf, target.id) !== undefined) === isAdded;
      const held = formatName(target.id);
      const action = isAdded ? `makes ${role} a member of ${held}` : `ends ${role}'s membership of ${held}`;
      note(`member ${target.id}`, action, isMeant, isAdded, isAdded ? "takes it back" : "grants it again");
    }
  }
  return [...found.values()].filter((each) => each !== undefined);
}
