import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The definition of a function, which has a file of its own. */
export function definition(name: string): string {
  return readFileSync(join(import.meta.dirname, "../sql/functions", `${name}.sql`), "utf8");
}
