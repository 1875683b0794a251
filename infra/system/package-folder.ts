import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** This package's installation folder. Compiled code is one folder below it, as this file is. */
export const packageFolder = dirname(dirname(fileURLToPath(import.meta.url)));

/** Whether this is the package's own repository, which runs from its sources. */
export const runsFromSources = existsSync(join(packageFolder, "development"));
