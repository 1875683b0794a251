import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { InputError } from "../../errors/errors.ts";
import { readProjectIn } from "../../settings/project.ts";
import type { Verification } from "../../verify/declaration.ts";
import { checkDeclaration } from "../../verify/declaration-input.ts";

/** The file of accepted findings, next to the declaration. */
export function acceptedFileIn(directory: string): string {
  return join(dirname(verificationFile(directory)), "verify.accepted.json");
}

/** @throws {InputError} if there is no such file, or it does not export `verification` */
export async function readVerification(directory: string): Promise<Verification> {
  const file = verificationFile(directory);
  if (!existsSync(file)) {
    throw new InputError(
      `there is no ${file}, which says who the people are and who may do what. Write one, such as this; what it does not state is reported as found:\n\n${firstVerification}`,
    );
  }
  const { tsImport } = await import("tsx/esm/api");
  const loaded = await tsImport(pathToFileURL(file).href, import.meta.url).catch((error: unknown) => {
    throw new InputError(`${file} can't be loaded: ${error instanceof Error ? error.message : error}`);
  });
  const { verification } = loaded as { readonly verification?: unknown };
  if (verification === undefined) throw new InputError(`${file} exports no \`verification\``);
  try {
    return checkDeclaration(verification);
  } catch (error) {
    throw error instanceof InputError ? new InputError(`${file}:\n${error.message}`) : error;
  }
}

const firstVerification = `import { defineVerification } from "pulumi-palisade/verify";

export const verification = defineVerification({
  // Who the people are. As it is, each user is on their own; with tenants, name your tables:
  // people: { tenants: "teams", members: { table: "members", tenant: "team_id", user: "user_id" } },
  people: {},
  // Who may do what, with rules of the same package:
  // tables: [rowsOf("tasks", { select: members, insert: members, update: owner, delete: nobody })],
});
`;

function verificationFile(directory: string): string {
  return resolve(directory, readProjectIn(directory).paths.verification);
}
