import { z } from "zod";
import { ensureLocalDatabase } from "../local/postgres/index.ts";
import type { Properties } from "../resources/properties.ts";
import { readConnectionString } from "./connection.ts";
import type { Problem } from "./errors.ts";

/** The provider's configuration, `palisade:<name>` in Pulumi.<stack>.yaml. */
export const configurationInput = z.object({
  /**
   * The NAME of the environment variable that holds the database's connection string; never the string itself.
   * Absent: the local database of this project.
   */
  connection: z
    .string()
    .regex(
      /^[A-Za-z_][A-Za-z0-9_]*$/,
      "it must be the name of an environment variable, such as DIRECT_URL; never write a connection string into the stack's configuration",
    )
    .optional()
    .describe(
      "The name of the environment variable that holds the database's connection string. Absent: the project's local database.",
    ),
  /** Whether creating may take over an object that exists and differs from its declaration. Default: false. */
  adopt: z
    .union([z.boolean(), z.enum(["true", "false"]).transform((value) => value === "true")])
    .default(false)
    .describe("Whether creating may take over an object that exists and differs from its declaration. Default: false."),
});

export interface Configuration {
  /** The name of the environment variable; undefined: the local database. */
  readonly connection: string | undefined;
  readonly adopt: boolean;
  connect(projectDirectory: string, stack: string): Promise<string>;
}

export function readConfiguration(args: Properties): { configuration: Configuration; problems: readonly Problem[] } {
  const parsed = configurationInput.safeParse(args);
  const { connection, adopt } = parsed.data ?? { connection: undefined, adopt: false };
  return {
    configuration: {
      connection,
      adopt,
      async connect(projectDirectory, stack) {
        if (connection !== undefined) return readConnectionString(connection, projectDirectory, stack);
        return (await ensureLocalDatabase({ projectDirectory })).url;
      },
    },
    // A failing property's value would be printed in the clear, and here it may be a connection string: no property is named.
    problems: parsed.success
      ? []
      : parsed.error.issues.map((issue) => ({
          path: [],
          message: `palisade:${issue.path.join(".")}: ${issue.message}`,
        })),
  };
}
