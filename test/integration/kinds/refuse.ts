import type { Problem } from "../../../infra/errors/errors.ts";
import { formatPath, type Properties } from "../../../infra/values/properties.ts";
import type { RefusedDeclaration } from "../../kinds/sample.ts";
import { DirectProvider } from "../truth/direct.ts";

/** Checks and previews a wrong declaration without the engine. @returns what the engine would print under the resource */
export async function refuse(url: string, { kind, input, beside = [] }: RefusedDeclaration): Promise<string> {
  const provider = new DirectProvider(url);
  try {
    const declared = [...beside, { kind, name: "wrong", input }];
    const checked: Properties[] = [];
    for (const { kind: of, name, input: given } of declared) {
      const normal = await provider.check(of, name, given);
      if (Array.isArray(normal))
        return (normal as Problem[])
          .map(({ path, message }) => (path.length === 0 ? message : `${formatPath(path)}: ${message}`))
          .join("\n");
      checked.push(normal as Properties);
    }
    await provider.previewCreate(kind, "wrong", checked.at(-1) ?? {});
    return "it is not refused";
  } catch (error) {
    return (error as Error).message;
  } finally {
    await provider.close();
  }
}
