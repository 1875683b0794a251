import { splitSignature } from "../../sql/signature.ts";
import type { CommonNotice, Contradiction, Effect } from "./effect.ts";

/** What statements do to a declared schema: rename it with all its contents, or drop it. */
export function judgeSchema(effects: readonly Effect[], id: string): readonly Contradiction[] {
  const what = `the schema ${id}`;
  let name: string | undefined = id;
  let migration = "";
  let action = "";
  /** Whether another schema has the declared name afterwards. */
  let isReplaced = false;
  for (const effect of effects) {
    const { target } = effect;
    if (target.kind !== "schema") continue;
    if (effect.does === "renames" && target.id === name) {
      ({ migration } = effect);
      name = effect.to ?? "";
      action = `renames ${what} to ${name}`;
      isReplaced = false;
    } else if (effect.does === "drops" && target.id === name) {
      ({ migration } = effect);
      action = name === id ? `drops ${what}` : `${action} and drops it`;
      name = undefined;
      isReplaced = false;
    } else if (effect.does === "renames") {
      if (target.id === id) isReplaced = false;
      if (effect.to === id) isReplaced = true;
    } else if (target.id === id) {
      isReplaced = effect.does !== "drops";
    }
  }
  if (name === id) return [];
  const stays = name === undefined ? "" : `, and what was in it stays in ${name}`;
  const renewed = name === undefined ? "makes it again" : "makes another one of that name";
  const remedy = `${isReplaced ? "brings the new one to its declaration" : renewed}${stays}`;
  return [{ migration, action, declared: "declares", remedy, opens: false }];
}

/** Says that a declared function's schema is dropped or renamed. Tables are refused by their names. */
export function tellFunctionsOfSchema(effects: readonly Effect[], signature: string): readonly CommonNotice[] {
  return judgeSchema(effects, splitSignature(signature).schema).map(({ migration, action }) => ({
    severity: "warning",
    message: `the pending migration ${migration} ${action}, with declared functions in it: the update makes these again, where the schema is declared`,
  }));
}
