import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { projectDirectory } from "../../../infra/settings/project-folder.ts";
import { drawPreview } from "../../docs/preview-picture.ts";

it("the README's picture is what a preview prints; draw it anew with npx tsx test/docs/draw-preview.ts", async () => {
  const drawn = readFileSync(join(projectDirectory, "docs/preview.svg"), "utf8");
  expect(textsOf(await drawPreview())).toEqual(textsOf(drawn));
});

/** The lines of a picture, without what differs from run to run: how long it took, and where a resource stands. */
function textsOf(picture: string): readonly string[] {
  return [...picture.matchAll(/<text[^>]*>(.*?)<\/text>/g)]
    .map(([, line = ""]) =>
      line
        .replaceAll(/<[^>]*>/g, "")
        .replaceAll(/\(?\b\d+(\.\d+)?s\)?/g, "")
        .replaceAll(/[ │├└─]+/g, " ")
        .trim(),
    )
    .sort();
}
