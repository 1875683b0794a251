import type { Probe } from "../catalog/probe.ts";
import type { Answer } from "../catalog/question.ts";
import { formatPath, type Properties, withValuesAt } from "../values/properties.ts";
import type { Kind } from "./kind.ts";
import type { Operation } from "./operation.ts";

/** The texts of properties in the server's words, by path, as far as the server knows them. */
export async function askWords(
  kind: Kind,
  properties: Properties,
  operation: Operation,
): Promise<ReadonlyMap<string, string>> {
  const probes = kind.texts(properties).map(({ probe }) => probe);
  return wordsIn(probes, await operation.questions.ask(probes));
}

export function wordsIn(
  probes: readonly Probe[],
  answers: readonly Answer<string | undefined>[],
): ReadonlyMap<string, string> {
  return new Map(
    probes.flatMap((probe, index) => {
      const answer = answers[index];
      return answer?.ok && answer.found !== undefined ? [[formatPath(probe.path), answer.found]] : [];
    }),
  );
}

/** The properties with their texts replaced by these words; a text without an entry stays. */
export function inWordsOf(kind: Kind, properties: Properties, words: ReadonlyMap<string, string>): Properties {
  return withValuesAt(
    properties,
    kind.texts(properties).map(({ path, sql }) => [path, words.get(formatPath(path)) ?? sql]),
  );
}
