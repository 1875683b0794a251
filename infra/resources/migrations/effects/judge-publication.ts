import { isEqual, ownEntry } from "../../properties.ts";
import type { Publication } from "../../publication/kind.ts";
import type { Contradiction, Effect, PublishedTable } from "./effect.ts";

/** Which tables a publication sends otherwise than declared; of several statements on one table the last counts. */
export function judgePublication(
  effects: readonly Effect[],
  name: string,
  declared: Publication,
): readonly Contradiction[] {
  const found = new Map<string, Contradiction | undefined>();
  const publication = `the publication ${name}`;
  for (const effect of effects) {
    const { migration } = effect;
    if (effect.does === "drops" || effect.does === "renames") {
      const deed = `${effect.does} ${publication}`;
      found.clear();
      found.set("", { migration, deed, declared: "declares", remedy: "makes it again", opens: false });
    } else if (effect.does === "publishes" || effect.does === "publishes only") {
      for (const table of effect.tables) found.set(`table ${table.table}`, added(table, migration));
      if (effect.does === "publishes") continue;
      found.delete("");
      for (const table of Object.keys(declared.tables)) {
        const isKept = effect.tables.some((each) => each.table === table);
        if (!isKept) found.set(`table ${table}`, removed(table, migration));
      }
    } else if (effect.does === "stops publishing") {
      for (const table of effect.tables) {
        found.set(`table ${table}`, ownEntry(declared.tables, table) && removed(table, migration));
      }
    } else if (effect.does === "publishes all of") {
      const deed = `adds ${effect.what} to ${publication}`;
      found.set(effect.what, {
        migration,
        deed,
        declared: "does not declare",
        remedy: "takes them out again",
        opens: true,
      });
    } else if (effect.does === "changes settings") {
      const deed = `changes the settings of ${publication}`;
      found.set("settings", {
        migration,
        deed,
        declared: "declares",
        remedy: "brings them to their declaration",
        opens: false,
      });
    }
  }
  return [...found.values()].filter((each) => each !== undefined);

  function added({ table, columns, hasCondition }: PublishedTable, migration: string): Contradiction | undefined {
    const wanted = ownEntry(declared.tables, table);
    const deed = `adds ${table} to ${publication}`;
    if (wanted === undefined)
      return { migration, deed, declared: "does not declare", remedy: "takes it out again", opens: true };
    const isSame =
      isEqual(columns && [...columns].sort(), wanted.columns) && !hasCondition && wanted.where === undefined;
    return isSame
      ? undefined
      : {
          migration,
          deed,
          declared: "declares with its columns and condition",
          remedy: "brings it to its declaration",
          opens: true,
        };
  }

  function removed(table: string, migration: string): Contradiction {
    const deed = `takes ${table} out of ${publication}`;
    return { migration, deed, declared: "declares", remedy: "adds it again", opens: false };
  }
}
