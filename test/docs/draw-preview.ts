/**
 * Draws docs/preview.svg: a real preview of the sample application, on a database in which somebody has changed eight things by hand.
 * Run it when the preview's words or the sample's resources change: npx tsx test/docs/draw-preview.ts
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectDirectory } from "../../infra/settings/project-folder.ts";
import { drawPreview } from "./preview-picture.ts";

writeFileSync(join(projectDirectory, "docs/preview.svg"), await drawPreview());
