import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { commands } from "../../infra/cli/commands.ts";
import { main } from "../../infra/cli/main.ts";
import { projectDirectory } from "../../infra/settings/project-folder.ts";
import { collectErrors } from "../support/console-errors.ts";

const plain = Object.entries(commands).filter(([, { isPlain }]) => isPlain);

const said = collectErrors();

describe("a command that takes no arguments", () => {
  it("is down, url or generate", () => {
    expect(plain.map(([name]) => name).sort()).toEqual(["down", "generate", "url"]);
  });

  it.each(plain)("%s says what it does when asked for help, and does not do it", async (name, { summary }) => {
    const load = vi.fn();
    for (const asked of ["--help", "-h"]) {
      expect(await main([name, asked], { [name]: { summary, isPlain: true, load } })).toBe(0);
    }
    expect(load).not.toHaveBeenCalled();
    expect(said.text).toContain(summary);
  });

  it.each(plain)("%s refuses what it would not heed, and does nothing", async (name, { summary }) => {
    const load = vi.fn();
    expect(await main([name, "--stack", "prod"], { [name]: { summary, isPlain: true, load } })).toBe(1);
    expect(load).not.toHaveBeenCalled();
    expect(said.text).toContain("takes no arguments (--stack prod)");
  });
});

describe("the command line", () => {
  it.each(["--version", "version"])("tells the package's version when asked for %s", async (asked) => {
    const printed = vi.spyOn(console, "log").mockReturnValue();
    expect(await main([asked])).toBe(0);
    expect(printed).toHaveBeenCalledExactlyOnceWith(expect.stringMatching(/^\d+\.\d+\.\d+$/));
  });

  it.each(Object.keys(commands))(
    "gives help on %s in both forms, with nothing that a shell would not take",
    async (name) => {
      const load = async () => ({ run: async (args: readonly string[]) => (args.join() === "--help" ? 0 : 9) });
      expect(await main(["help", name], { [name]: { summary: "", load } })).toBe(0);
      if (!["up", "preview", "pulumi"].includes(name)) expect(await main([name, "--help"])).toBe(0);
      expect(said.text).not.toContain("'<");
    },
  );
});

describe("a mistyped command", () => {
  it.each([
    [["prevew"], 'There is no command "prevew" (perhaps you meant preview).'],
    [["migrations", "statu"], "migrations has no command statu (perhaps you meant status)"],
    [["migrations", "apply"], "migrations has no command apply\n"],
  ])("is named, with the nearest there is and all of them: %s", async (words, message) => {
    expect(await main(words)).toBe(1);
    expect(said.text).toContain(message);
    expect(said.text).toMatch(/npm run (?:migrations|init)/);
  });
});

describe("every other command", () => {
  it.each(["contract", "init", "migrations", "reach", "verify"])(
    "%s says how it is used when asked for help",
    async (name) => {
      expect(await main([name, "--help"])).toBe(0);
      expect(said.text).toContain(`npm run ${name}`);
    },
  );

  it.each(["contract", "migrations", "reach", "verify"])(
    "%s says how it is used when an option is unknown",
    async (name) => {
      expect(await main([name, "--sttack"])).toBe(1);
      expect(said.text).toMatch(/Unknown option '--sttack'/);
      expect(said.text).toContain(`npm run ${name}`);
    },
  );
});

describe("a stack that nobody has set up", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "palisade stacks "));
    for (const name of ["infra", "node_modules", "prisma", "sql", "stacks", "package.json", "Pulumi.prod.yaml"])
      symlinkSync(join(projectDirectory, name), join(folder, name));
    cpSync(join(projectDirectory, "Pulumi.yaml"), join(folder, "Pulumi.yaml"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each(["preview", "pulumi destroy", "reach", "migrations status", "verify", "adopt", "contract --out out"])(
    "is told by %s, with the stacks that there are and how to add one",
    async (line) => {
      const { status, stderr } = runCommand([...line.split(" "), "--stack", "prdo"], folder);
      expect([status, stderr.trim()]).toEqual([
        1,
        "the stack prdo is unknown (perhaps you meant prod): there is no Pulumi.prdo.yaml. " +
          "The stacks are dev, prod; to add another: npm run init -- prdo",
      ]);
    },
  );

  it("is told by verify before it shows a verify.ts to begin with", () => {
    const settings = join(folder, "Pulumi.yaml");
    const text = readFileSync(settings, "utf8");
    writeFileSync(settings, `${text}palisade: { verification: none.ts }\n`);
    const unknown = runCommand(["verify", "--stack", "prdo"], folder);
    const known = runCommand(["verify", "--stack", "prod"], folder);
    writeFileSync(settings, text);
    expect([unknown.status, unknown.stderr]).toEqual([1, expect.stringMatching(/^the stack prdo is unknown/)]);
    expect([known.status, known.stderr]).toEqual([1, expect.stringContaining("there is no ")]);
    expect(known.stderr).toContain("none.ts");
  });

  it("is told as well after Pulumi has failed on a backend that only Pulumi can ask", () => {
    mkdirSync(join(folder, "elsewhere"));
    const environment = { PULUMI_BACKEND_URL: `file://${join(folder, "elsewhere")}`, PULUMI_CONFIG_PASSPHRASE: "" };
    const { status, stderr } = runCommand(["preview", "--stack", "prdo"], folder, environment);
    expect([status, stderr]).toEqual([
      1,
      expect.stringContaining("the stack prdo is unknown (perhaps you meant prod)"),
    ]);
  });

  it("is made first where it only has its settings", () => {
    const { status, stderr } = runCommand(["preview", "--stack", "prod"], folder);
    expect([status, stderr]).toEqual([1, expect.stringContaining("npm run pulumi -- stack init prod")]);
  });
});

describe("a folder without a project", () => {
  it.each(["preview", "pulumi config", "url", "reach", "contract --out out"])(
    "is told by %s how to set one up",
    (line) => {
      const folder = realpathSync(mkdtempSync(join(tmpdir(), "palisade none ")));
      const { status, stderr } = runCommand(line.split(" "), folder);
      rmSync(folder, { recursive: true });
      expect([status, stderr.trim()]).toEqual([
        1,
        `${folder} has no Pulumi.yaml. Run this in a project's folder, or set a project up there: palisade init.`,
      ]);
    },
  );

  it("can do what needs none", () => {
    expect(runCommand(["pulumi", "version"], tmpdir())).toMatchObject({ status: 0, stderr: "" });
  });
});

/** The command in a process of its own, as a person calls it in that folder. */
function runCommand(args: readonly string[], folder: string, environment: Readonly<Record<string, string>> = {}) {
  const { PULUMI_STACK: _, INIT_CWD: __, ...env } = process.env;
  const start = ["--conditions=palisade-source", join(projectDirectory, "infra/cli/palisade.mjs")];
  return spawnSync(process.execPath, [...start, ...args], {
    cwd: folder,
    env: { ...env, ...environment },
    encoding: "utf8",
  });
}

describe("a file for what a preview changes of who reaches what", () => {
  it("is taken for one in the folder where the person is, and may be no folder", async () => {
    const home = mkdtempSync(join(tmpdir(), "palisade reach "));
    mkdirSync(join(home, "found"));
    vi.stubEnv("INIT_CWD", home);
    for (const flags of [["--reach-file", "found"], ["--reach-file=found"]]) {
      expect(await main(["preview", ...flags])).toBe(1);
      expect(said.text).toContain("--reach-file found is a folder; name a file, such as reach.json");
      expect(said.text).not.toContain("    at ");
      said.text = "";
    }
    expect(existsSync(join(home, "found"))).toBe(true);
    vi.unstubAllEnvs();
    rmSync(home, { recursive: true });
  });
});
