import type { Parent } from "../desired/declarations.ts";
import { projectCommand, shellWord } from "../settings/project-command.ts";
import { resourceName, typesOfUrn } from "../values/urn.ts";

/**
 * The command that imports an object into a resource. A resource inside components is imported together with them, from
 * a file: without its parents it would have another URN. The command does not generate code, which the engine can't do
 * for components; the program exists already.
 * @param parents from the outermost one; undefined if the program does not say
 */
export function importCommand(
  type: string,
  urn: string,
  id: string,
  { parents, stack }: { readonly parents: readonly Parent[] | undefined; readonly stack: string },
): string {
  const name = resourceName(urn);
  const above =
    parents ??
    typesOfUrn(urn)
      .slice(0, -1)
      .map((parent) => ({ type: parent, name: "(its name)" }));
  if (above.length === 0) return projectCommand("pulumi", ["import", type, name, id], stack);
  const label = (index: number) => (index === 0 ? {} : { parent: `parent${index}` });
  const resources = [
    ...above.map((parent, index) => ({
      type: parent.type,
      name: `parent${index + 1}`,
      logicalName: parent.name,
      component: true,
      ...label(index),
    })),
    { type, name, id, ...label(above.length) },
  ];
  const command = projectCommand("pulumi", ["import", "--file", "import.json", "--generate-code=false"], stack);
  return `echo ${shellWord(JSON.stringify({ resources }))} > import.json && ${command}`;
}
