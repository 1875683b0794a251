import { z } from "zod";
import { reachCommands, reachWays } from "../reach/fact.ts";
import { objectKinds } from "../reach/finding.ts";
import type { RankedChange } from "./notes.ts";

const objectSchema = z.strictObject({ kind: z.enum(objectKinds), id: z.string() });

const factSchema = z
  .strictObject({
    role: z.string(),
    object: objectSchema,
    command: z.enum(reachCommands),
    privilege: z.enum(reachCommands).optional(),
    rows: z
      .enum(["every", "some"])
      .optional()
      .describe("Of rows and files: every one, or those that policies let through."),
    policies: z.array(z.string()).optional().describe("The policies that are asked, by name."),
    conditions: z
      .array(z.string())
      .optional()
      .describe("What those policies ask, in the server's words; `and` stands before a restrictive policy's."),
    columns: z.array(z.string()).optional().describe("Absent: all of them."),
    way: z.enum(reachWays).describe("How the role comes by it."),
    as: z.string().optional().describe("Of a view or a function: with whose rights it runs."),
    through: z
      .array(z.strictObject({ table: z.string(), rows: z.enum(["every", "some"]) }))
      .optional()
      .describe("Of a view: the tables whose rows it shows."),
  })
  .describe("What the role may do.");

const changeSchema = z.strictObject({
  resource: z.string().describe("The URN of the resource whose change it is."),
  severity: z.enum(["info", "warning"]).describe("Whether the preview marks it."),
  role: z.string().describe("`public` is everybody."),
  object: objectSchema.describe("Of files, their bucket."),
  command: z.enum(reachCommands),
  privilege: z.enum(reachCommands).optional().describe("Of grant: the privilege that may be handed on."),
  before: factSchema.optional().describe("Absent: it could not."),
  after: factSchema.optional().describe("Absent: it can't any more."),
});

/** How a preview's changes affect access, as data. The package's reach-file.schema.json is generated from it. */
export const reachFileSchema = z.strictObject({
  version: z.literal(1),
  stack: z.string(),
  changes: z.array(changeSchema),
});

/** The changes by the URN of each resource. */
export function reachFileOf(
  stack: string,
  changes: ReadonlyMap<string, readonly RankedChange[]>,
): z.input<typeof reachFileSchema> {
  const listed = [...changes].flatMap(([resource, list]) => list.map((change) => ({ resource, ...change })));
  return { version: 1, stack, changes: listed as unknown as z.input<typeof changeSchema>[] };
}
