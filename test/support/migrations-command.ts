import { vi } from "vitest";
import { run } from "../../infra/cli/migrations.ts";

/** `npm run migrations -- …` on the stack `test` of a project's folder, and what it said. */
export async function runMigrationsCommand(folder: string, directory: string, args: readonly string[]) {
  const printed: string[] = [];
  const told: string[] = [];
  const spies = [
    vi.spyOn(console, "log").mockImplementation((line: string) => void printed.push(line)),
    vi.spyOn(console, "error").mockImplementation((line: string) => void told.push(line)),
  ];
  try {
    return { exitCode: await run([...args, "--stack", "test", "--directory", directory], folder), printed, told };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}
