import { existsSync, mkdirSync, symlinkSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { readPreview, readSteps } from "../../adopt/preview-program.ts";
import { withScratchFolder } from "../../adopt/scratch-folder.ts";
import type { Engine } from "../../engine/index.ts";
import { runPulumi } from "../../engine/running/pulumi.ts";
import type { PulumiTarget } from "../../engine/running/pulumi-target.ts";
import { InputError } from "../../errors/errors.ts";
import { reachFileVariable } from "../../settings/reach-file.ts";
import {
  isInDatabase,
  nameOther,
  scratchDatabaseVariable,
  scratchOthersVariable,
} from "../../settings/scratch-database.ts";
import { listWords } from "../../values/list-words.ts";
import { isDefaultProvider, resourceName, typeOfUrn } from "../../values/urn.ts";
import { copyStack } from "./copy-stack.ts";

export interface Deployment {
  readonly directory: string;
  readonly engine: Engine;
  /** The live stack. */
  readonly target: PulumiTarget;
  /** The path of its configuration, if the arguments include one. */
  readonly configFile: string | undefined;
  /** Arguments that affect what is deployed. */
  readonly flags: readonly string[];
  readonly report: (line: string) => void;
}

/**
 * Deploys a project's program on another database than its stack's, with a copy of the stack's configuration and state
 * in a separate folder.
 * @returns the error; undefined if it succeeded
 * @throws {InputError} if the deployment would affect anything other than this database
 */
export async function deployOnScratch(url: string, deployment: Deployment): Promise<string | undefined> {
  const { directory, engine, target, flags } = deployment;
  return await withScratchFolder(directory, async (folder) => {
    const { configFile } = await copyStack(folder, scratchDatabaseVariable, deployment);
    const home = join(folder, "home");
    linkPlugins(target, home);
    const run = (args: readonly string[], others?: readonly string[]) =>
      runPulumi(
        [
          ...args,
          ...flags,
          "--stack",
          target.stack,
          "--config-file",
          configFile,
          "--non-interactive",
          "--color",
          "never",
        ],
        {
          ...{ directory, engine, output: "capture", report: () => undefined, stateDirectory: folder },
          environment: {
            ...namesOf(target, url),
            ...passphraseOf(target),
            [scratchDatabaseVariable]: url,
            [scratchOthersVariable]: others && JSON.stringify(others),
            // The reach file describes the live database.
            [reachFileVariable]: undefined,
          },
        },
      );
    const previewed = await run(["preview", "--json"]);
    const { errors } = readPreview(previewed.exitCode, previewed.stdout, previewed.stderr);
    if (errors.length > 0) return errors.join("\n\n");
    const others = othersOf(previewed.stdout);
    const { exitCode, stdout, stderr } = await run(["up", "--yes", "--skip-preview"], others);
    return exitCode === 0 ? undefined : `${stdout}${stderr}`.trim();
  });
}

/** The stack's own variable is set to the scratch database as well, in case something still uses it. */
function namesOf({ connection }: PulumiTarget, url: string): Readonly<Record<string, string>> {
  return connection.kind === "variable" ? { [connection.name]: url } : {};
}

/** The stack's passphrase; the local stack has none. */
function passphraseOf({ ownState }: PulumiTarget): Readonly<Record<string, string | undefined>> {
  if (ownState !== undefined) return {};
  const { PULUMI_CONFIG_PASSPHRASE, PULUMI_CONFIG_PASSPHRASE_FILE } = process.env;
  return { PULUMI_CONFIG_PASSPHRASE, PULUMI_CONFIG_PASSPHRASE_FILE };
}

/** Avoids downloading other packages' plugins again. */
function linkPlugins(target: PulumiTarget, home: string): void {
  const plugins = join(target.home ?? join(homedir(), ".pulumi"), "plugins");
  mkdirSync(home, { recursive: true });
  if (existsSync(plugins)) symlinkSync(plugins, join(home, "plugins"));
}

/**
 * The resources outside of this database that stay as they are.
 * @throws {InputError} naming any other such resource, which would really be created, changed or deleted
 */
function othersOf(output: string): readonly string[] {
  const steps = readSteps(output);
  const named = (urns: readonly string[]) => listWords([...new Set(urns)].map(describe), 5);
  const providers = steps.filter(
    ({ urn }) => typeOfUrn(urn) === "pulumi:providers:palisade" && !isDefaultProvider(urn),
  );
  if (providers.length > 0) {
    throw new InputError(
      `--verify can't prove a program with providers of its own, which name their databases themselves: ${named(providers.map(({ urn }) => urn))}`,
    );
  }
  const outside = steps.filter(({ urn }) => !isInDatabase(typeOfUrn(urn)));
  const others = outside.filter(
    ({ op, newState, oldState }) => (newState ?? oldState)?.custom === true && !untouched.has(op),
  );
  if (others.length > 0) {
    throw new InputError(
      `--verify deploys the program on a scratch database, and that would in earnest deploy what is not in a database: ${named(others.map(({ urn }) => urn))}. Deploy it before, or leave it out by --target or --exclude`,
    );
  }
  return outside.map(({ urn }) => nameOther(typeOfUrn(urn), resourceName(urn)));
}

const untouched: ReadonlySet<string> = new Set(["same", "read", "refresh"]);

function describe(urn: string): string {
  return `${typeOfUrn(urn)} ${resourceName(urn)}`;
}
