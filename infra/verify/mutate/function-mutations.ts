import { withFunction } from "../../access/reach/overlay.ts";
import type { Reachable } from "../../access/reach/reachable.ts";
import { is } from "../../sql/body/cursor.ts";
import { findInto } from "../../sql/body/edit.ts";
import { readBody } from "../../sql/body/read-body.ts";
import { readTokens } from "../../sql/tokens.ts";
import { isConditionNode } from "./conditions.ts";
import type { Helper } from "./helpers.ts";
import type { Mutation } from "./mutation.ts";
import { executeMutations } from "./privilege-mutations.ts";
import { mutateText, type TextMutation, type Vocabulary } from "./text-mutations.ts";
import { ParsedText } from "./tree.ts";

/** Every mutation of one helper function: with other rights, or with a changed body. */
export function functionMutations(helper: Helper, reachable: Reachable, vocabulary: Vocabulary): readonly Mutation[] {
  const { called, definition, name } = helper;
  const object = called.signature;
  const isDefiner = !called.isSecurityDefiner;
  const rights: Mutation = {
    ...{ object, kind: "function", name: `function ${object}: security ${isDefiner ? "definer" : "invoker"}` },
    statements: [`alter function ${name} security ${isDefiner ? "definer" : "invoker"}`],
    reachable: withFunction(reachable, { ...called, isSecurityDefiner: isDefiner }),
  };
  const bodies = bodyMutations(helper, vocabulary).map(
    ({ text, what }): Mutation => ({
      ...{ object, kind: "function", name: `function ${object}: ${what}`, statements: [text], meaning: text },
      reachable,
    }),
  );
  return [
    rights,
    ...executeMutations(called, name, reachable),
    ...bodies.filter(({ statements }) => statements[0] !== definition),
  ];
}

/** The function's definition with its body changed in one place. @throws if the body can't be parsed with certainty */
function bodyMutations(
  { definition, language, called, returns, argumentNames }: Helper,
  vocabulary: Vocabulary,
): readonly TextMutation[] {
  const isBoolean = /^(?:setof )?boolean$/i.test(returns);
  const quoted = readTokens(definition).find(
    ({ kind, value }) => kind === "string" && value.includes(called.source) && value.startsWith("$"),
  );
  const context = { vocabulary, isCondition: false };
  // A body in standard SQL is part of the definition itself.
  if (quoted === undefined || called.source === "") return mutateText(definition, { ...context, form: "statement" });
  const start = quoted.start + quoted.value.indexOf(called.source);
  const within = (text: string) => definition.slice(0, start) + text + definition.slice(start + called.source.length);
  const mutations =
    language === "sql"
      ? mutateText(called.source.replace(/;\s*$/, ""), { ...context, form: "statement" })
      : plpgsqlMutations(called.source, argumentNames, { vocabulary, isBoolean });
  return mutations.map(({ text, what }) => ({ text: within(text), what }));
}

function plpgsqlMutations(
  source: string,
  argumentNames: readonly string[],
  { vocabulary, isBoolean }: { readonly vocabulary: Vocabulary; readonly isBoolean: boolean },
): readonly TextMutation[] {
  const body = readBody(
    source,
    argumentNames.map((name, index) => [name, { parameter: index + 1 }] as const),
  );
  return body.queries.flatMap((query) => {
    const [first, last] = [body.tokens[query.from], body.tokens[query.to - 1]];
    if (first === undefined || last === undefined) return [];
    const text = source.slice(first.start, last.end);
    // To SQL's grammar, PL/pgSQL's INTO is not part of the statement.
    const isInto = query.form === "statement" && findInto(body.tokens.slice(query.from, query.to)).length > 0;
    const form = query.form === "expression" ? "expression" : "statement";
    const before = body.tokens[query.from - 1];
    const asks =
      ["if", "elsif", "elseif", "while", "when"].some((word) => is(before, word)) ||
      (isBoolean && is(before, "return"));
    const mutations = mutationsOf(
      text,
      { form, isCondition: asks || isPlainCondition(text, form), vocabulary },
      isInto,
    );
    return mutations.map((each) => ({
      ...each,
      text: source.slice(0, first.start) + each.text + source.slice(last.end),
    }));
  });
}

function mutationsOf(
  text: string,
  context: Parameters<typeof mutateText>[1],
  isInto: boolean,
): readonly TextMutation[] {
  if (!isInto) return mutateText(text, context);
  // The INTO is put back where it was: no condition of the statement comes before it.
  const [into] = findInto(readTokens(text));
  if (into === undefined) return [];
  const [head, tail] = [text.slice(0, into.start), text.slice(into.end)];
  return mutateText(head + tail, context).flatMap((each) =>
    each.text.startsWith(head)
      ? [{ ...each, text: head + text.slice(into.start, into.end) + each.text.slice(head.length) }]
      : [],
  );
}

function isPlainCondition(text: string, form: "expression" | "statement"): boolean {
  if (form !== "expression") return false;
  const { root } = new ParsedText(text, form);
  return root !== undefined && isConditionNode(root);
}
