import type { Contradiction, Effect, PublishedTable } from "../../access/effects/effect.ts";
import { judgeOwner } from "../../access/effects/judge-grants.ts";
import { isSameMeaning } from "../../access/effects/same-meaning.ts";
import { expressionIn, stringsIn } from "../../access/effects/statement-parts.ts";
import type { Node } from "../../sql/parser.ts";
import { parseQualified } from "../../sql/quote.ts";
import { isEqual, ownEntry } from "../../values/properties.ts";
import type { Publication } from "./kind.ts";

/**
 * Where migrations contradict a publication's declared owner, settings and tables. If several statements concern one
 * table, the last one counts.
 */
export function publicationContradictions(
  all: readonly Effect[],
  id: string,
  declared: Publication,
): readonly Contradiction[] {
  const own = all.filter(({ target }) => target.kind === "publication" && target.id === id);
  return [...judgePublication(own, id, declared), ...judgeOwner(own, `the publication ${id}`, declared.owner)];
}

/** Whether the first statement about the table adds it to the publication, which fails for one that it contains. */
export function publishes(effects: readonly Effect[], publication: string, table: string): boolean {
  const first = effects.find(
    ({ target, ...effect }) =>
      target.kind === "publication" &&
      target.id === publication &&
      "tables" in effect &&
      effect.tables.some((each) => (typeof each === "string" ? each : each.table) === table),
  );
  return first?.does === "publishes";
}

function judgePublication(effects: readonly Effect[], name: string, declared: Publication): readonly Contradiction[] {
  const found = new Map<string, Contradiction | undefined>();
  const publication = `the publication ${name}`;
  let settings: Settings = declared;
  for (const effect of effects) {
    const { migration } = effect;
    if (effect.does === "drops" || effect.does === "renames") {
      const action = `${effect.does} ${publication}`;
      found.clear();
      found.set("", { migration, action, declared: "declares", remedy: "makes it again", opens: false });
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
      const action = `adds ${effect.what} to ${publication}`;
      found.set(effect.what, {
        migration,
        action,
        declared: "does not declare",
        remedy: "takes them out again",
        opens: true,
      });
    } else if (effect.does === "changes settings") {
      settings = { ...(effect.isNew ? defaults : settings), ...settingsIn(effect.options) };
      const isSame =
        isEqual(settings.publish, declared.publish) && settings.viaPartitionRoot === declared.viaPartitionRoot;
      const action = `${effect.isNew ? "chooses" : "changes"} the settings of ${publication}`;
      found.set(
        "settings",
        isSame
          ? undefined
          : { migration, action, declared: "declares", remedy: "brings them to their declaration", opens: false },
      );
    }
  }
  return [...found.values()].filter((each) => each !== undefined);

  function added({ table, columns, condition }: PublishedTable, migration: string): Contradiction | undefined {
    const wanted = ownEntry(declared.tables, table);
    const action = `adds ${table} to ${publication}`;
    if (wanted === undefined)
      return { migration, action, declared: "does not declare", remedy: "takes it out again", opens: true };
    const where = wanted.where === undefined ? undefined : expressionIn(wanted.where);
    const isSame =
      isEqual(columns && [...columns].sort(), wanted.columns) && isSameMeaning(condition, where, parseQualified(table));
    return isSame
      ? undefined
      : {
          migration,
          action,
          declared: "declares with its columns and condition",
          remedy: "brings it to its declaration",
          opens: true,
        };
  }

  function removed(table: string, migration: string): Contradiction {
    const action = `takes ${table} out of ${publication}`;
    return { migration, action, declared: "declares", remedy: "adds it again", opens: false };
  }
}

type Settings = Pick<Publication, "publish" | "viaPartitionRoot">;

/** The defaults of CREATE PUBLICATION. */
const defaults: Settings = { publish: ["delete", "insert", "truncate", "update"], viaPartitionRoot: false };

/** The settings in a list of options. An option that can't be parsed is left out; the server will judge it. */
function settingsIn(options: readonly unknown[]): Partial<Settings> {
  return Object.assign({}, ...options.map(settingIn)) as Partial<Settings>;
}

function settingIn(option: unknown): Partial<Settings> {
  const { defname, arg } = ((option as Node).DefElem ?? {}) as Node;
  if (defname === "publish") {
    const listed = wordsOf(arg)
      .split(",")
      .map((each) => each.trim().toLowerCase())
      .filter((each) => each !== "");
    return { publish: [...new Set(listed)].sort() };
  }
  if (defname !== "publish_via_partition_root") return {};
  if (arg === undefined) return { viaPartitionRoot: true };
  const number = (arg as Node).Integer as Node | undefined;
  const word = number === undefined ? wordsOf(arg).toLowerCase() : String(number.ival ?? 0);
  const viaPartitionRoot = truths.get(word);
  return viaPartitionRoot === undefined ? {} : { viaPartitionRoot };
}

/** The value of an option: a string, or an unquoted word, which the grammar parses as a type. */
function wordsOf(arg: unknown): string {
  const { String: text, TypeName: word } = (arg ?? {}) as Readonly<Record<string, Node | undefined>>;
  return text === undefined ? stringsIn(word?.names).join() : String(text.sval ?? "");
}

const truths = new Map([
  ["true", true],
  ["on", true],
  ["1", true],
  ["false", false],
  ["off", false],
  ["0", false],
]);
