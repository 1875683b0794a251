import { type Contradiction, type Effect, effectsOnFunction } from "../../access/effects/effect.ts";
import { judgeGrants, judgeOwner } from "../../access/effects/judge-grants.ts";
import { isSameTree } from "../../access/effects/statement-parts.ts";
import { type Node, parseStatements } from "../../sql/parser.ts";
import type { DatabaseFunction } from "./kind.ts";
import { isSameDefinition } from "./same-definition.ts";

/** Where migrations contradict a function's declared definition, grants and owner. */
export function functionContradictions(
  effects: readonly Effect[],
  id: string,
  declared: DatabaseFunction,
): readonly Contradiction[] {
  const own = effectsOnFunction(effects, id);
  const execute = Object.fromEntries(declared.execute.map((role) => [role, { execute: true } as const]));
  return [
    ...judgeDefinition(own, id, declared),
    ...judgeGrants(own, `the function ${id}`, declared.owner, execute),
    ...judgeOwner(own, `the function ${id}`, declared.owner),
  ];
}

function judgeDefinition(effects: readonly Effect[], id: string, declared: DatabaseFunction): readonly Contradiction[] {
  const wanted = definitionIn(declared.definition);
  let found: Contradiction | undefined;
  for (const effect of effects) {
    const { migration, does } = effect;
    const otherwise = {
      migration,
      declared: "declares otherwise",
      remedy: "brings it to its declaration",
      opens: true,
    };
    if (does === "drops" || does === "renames") {
      found = {
        migration,
        action: `${does} the function ${id}`,
        declared: "declares",
        remedy: "makes it again",
        opens: false,
      };
    } else if (does === "defines") {
      const isSame = isSameDefinition(effect.definition as Node, wanted);
      found = isSame ? undefined : { ...otherwise, action: `defines the function ${id}` };
    } else if (
      does === "alters" &&
      !effect.actions.every((action) => optionsOf(wanted).some((option) => isSameTree(option, action)))
    ) {
      found = { ...otherwise, action: `alters the function ${id}` };
    }
  }
  return found === undefined ? [] : [found];
}

function definitionIn(sql: string): Node | undefined {
  try {
    return parseStatements(sql)[0]?.CreateFunctionStmt as Node | undefined;
  } catch {
    return undefined;
  }
}

function optionsOf(definition: Node | undefined): readonly Node[] {
  return (definition?.options ?? []) as Node[];
}
