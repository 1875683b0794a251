import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { projectDirectory } from "../../infra/settings/project-folder.ts";
import { runCaptured } from "../../infra/system/child-process.mjs";
import { linkPackages } from "./link-packages.ts";
import type { Run } from "./stack.ts";

/** A copy of this project in a folder of its own, whose commands are run as `npm run` runs them, without a terminal. */
export class Clone {
  readonly folder = mkdtempSync(join(tmpdir(), "palisade 'clone' $HOME \"& "));

  constructor() {
    for (const name of ["infra", "sql", "stacks", "prisma", "package.json", "package-lock.json", "tsconfig.json"])
      cpSync(join(projectDirectory, name), join(this.folder, name), { recursive: true });
    for (const name of ["Pulumi.yaml", "Pulumi.dev.yaml", "Pulumi.prod.yaml"])
      cpSync(join(projectDirectory, name), join(this.folder, name));
    linkPackages(this.folder);
  }

  read(file: string): string {
    return readFileSync(join(this.folder, file), "utf8");
  }

  write(file: string, text: string): void {
    writeFileSync(join(this.folder, file), text);
  }

  /** A file that nobody has written to for hours. */
  writeOld(file: string, text: string): void {
    mkdirSync(dirname(join(this.folder, file)), { recursive: true });
    this.write(file, text);
    utimesSync(join(this.folder, file), new Date(0), new Date(0));
  }

  has(file: string): boolean {
    return existsSync(join(this.folder, file));
  }

  /** `npm run <command> -- <arguments>`, with nothing of this process' own settings of Pulumi's. */
  async run(command: string, args: readonly string[] = [], more: Readonly<Record<string, string>> = {}): Promise<Run> {
    const own = Object.entries(process.env).filter(([name]) => !/^(?:PULUMI|PALISADE|DIRECT_URL|CI$)/.test(name));
    const script = join("infra", "cli", "palisade.mjs");
    const { exitCode, stdout, stderr } = await runCaptured(
      process.execPath,
      ["--conditions=palisade-source", script, command, ...args],
      {
        cwd: this.folder,
        environment: { ...Object.fromEntries(own), PWD: this.folder, ...more },
      },
    );
    return { exitCode, output: `${stderr}\n${stdout}` };
  }

  async remove(): Promise<void> {
    await this.run("down");
    rmSync(this.folder, { recursive: true, force: true });
  }
}
