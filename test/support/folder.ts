import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** A folder for one test, with a space in its path, as users have. */
export function createTestFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "palisade test "));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
