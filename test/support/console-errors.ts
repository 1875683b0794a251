import { afterEach, beforeEach, vi } from "vitest";

/** What a test's commands have printed on the standard error stream; each test of the file starts with nothing. */
export function collectErrors(): { text: string } {
  const said = { text: "" };
  beforeEach(() => {
    said.text = "";
    vi.spyOn(console, "error").mockImplementation((line: unknown) => {
      said.text += `${line}\n`;
    });
  });
  afterEach(() => vi.restoreAllMocks());
  return said;
}
