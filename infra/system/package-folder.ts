import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** This package's folder, as it is installed. Compiled code lies one folder below it, as this file does. */
export const packageFolder = dirname(dirname(fileURLToPath(import.meta.url)));

/** Whether this is the package's own repository, in which its sources run. */
export const runsFromSources = existsSync(join(packageFolder, "development"));
