import { appendFileSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, it, vi } from "vitest";
import { run } from "../../infra/cli/adopt.ts";
import { runPulumi } from "../../infra/engine/running/pulumi.ts";
import { ensureLocalDatabase } from "../../infra/local/index.ts";
import { projectDirectory } from "../../infra/settings/project-folder.ts";
import { makeClone } from "./local-platform-clone.ts";
import { ask } from "./local-platform-processes.ts";

const tables = `
  create table public.notes (id uuid primary key, author uuid);
  alter table public.notes enable row level security;
  create policy own on public.notes for select to authenticated using (author = auth.uid());
  grant select on public.notes to authenticated`;

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

it("the local database is taken over by its stack also where a variable names it, and its stack's state is used from then on", async () => {
  const folder = makeClone();
  for (const name of ["infra", "node_modules", "package.json", "tsconfig.json"])
    symlinkSync(join(projectDirectory, name), join(folder, name));
  writeFileSync(join(folder, "Pulumi.yaml"), readFileSync(join(projectDirectory, "Pulumi.yaml")));
  writeFileSync(join(folder, "Pulumi.dev.yaml"), "config: {}\n");
  const { url } = await ensureLocalDatabase({ projectDirectory: folder });
  await ask(url, ({ run }) => run(tables));
  vi.stubEnv("LOCAL_URL", url);
  const adopt = async () => {
    const told = vi.spyOn(console, "error").mockReturnValue();
    const exitCode = await run(["--url-env", "LOCAL_URL", "--stack", "dev"], folder);
    return { exitCode, output: told.mock.calls.splice(0).join("\n") };
  };
  const up = async () => {
    const { exitCode, stdout, stderr } = await runPulumi(
      ["up", "--yes", "--stack", "dev", "--non-interactive", "--color", "never"],
      { directory: folder, output: "capture", report: () => undefined },
    );
    expect(exitCode, stdout + stderr).toBe(0);
    return stdout;
  };

  const first = await adopt();
  expect(first.exitCode, first.output).toBe(0);
  const [, objects] =
    /: `.* up .*--stack dev` takes over (\d+ objects? as \w+ \w+), and executes/.exec(first.output) ?? [];
  expect(objects, first.output).toBeDefined();
  expect(await up()).toContain(`takes over ${objects}: no statement`);

  appendFileSync(
    join(folder, "stacks/index.ts"),
    'import { Perimeter } from "pulumi-palisade";\nnew Perimeter("api");\n',
  );
  const changed = await adopt();
  expect(changed.output).toContain("create Perimeter api");
  expect(changed.output).toMatch(/^The program's preview shows 1 difference\.$/m);
  await up();
  const again = await adopt();
  expect(again.exitCode, again.output).toBe(0);
  expect(again.output).toMatch(
    /^There is nothing that the program does not declare already\.\n0 differences .* the database\.$/m,
  );
});
