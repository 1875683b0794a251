import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { readAssumedConfiguration } from "../contract/declared-stack.ts";
import { ensureEngine } from "../engine/index.ts";
import { runPulumi } from "../engine/running/pulumi.ts";
import { checkpointFile } from "../engine/state/checkpoint.ts";
import { isAdoptionNote } from "../lifecycle/adoption.ts";
import { readProjectIn } from "../settings/project.ts";
import { kindOfToken, resourceName, typeOfUrn } from "../values/urn.ts";
import type { NamedIn } from "./resource-names.ts";
import { withScratchFolder } from "./scratch-folder.ts";
import type { Target } from "./target.ts";

export interface PreviewOptions {
  readonly stack: string;
  readonly connectionString: string;
  /** Whether to use the stack's own state. Otherwise, the preview starts from an empty one. */
  readonly ownState: boolean;
  readonly report: (line: string) => void;
}

/** The result of a program's preview. */
export interface ProgramPreview {
  /** The number of objects in the preview. */
  readonly objects: number;
  /** The number of objects that are adopted as they are. */
  readonly adopted: number;
  /** The resources that an update would create, change or delete, with the preview's messages about each. */
  readonly changes: readonly string[];
  /** The errors, in the words of the engine and the provider. */
  readonly errors: readonly string[];
  /** The resources with changes or errors, by kind and name, with the reason. */
  readonly refused: readonly RefusedResource[];
}

export interface RefusedResource extends NamedIn {
  readonly reason: string;
}

/** Previews a program with Pulumi's engine. Neither the database nor a stack's state changes. */
export async function previewProgram(
  { directory }: Target,
  { stack, connectionString, ownState, report }: PreviewOptions,
): Promise<ProgramPreview> {
  const engine = await ensureEngine(report);
  return await withScratchFolder(directory, async (folder) => {
    const configuration = { ...readAssumedConfiguration(directory, stack), "palisade:connection": variable };
    const file = join(folder, "Pulumi.yaml");
    writeFileSync(file, JSON.stringify({ config: configuration }));
    const settings = ownState ? [] : ["--config-file", file];
    const state = join(folder, "state");
    if (!ownState) makeEmptyStack(state, readProjectIn(directory).name, stack);
    const { exitCode, stdout, stderr } = await runPulumi(
      ["preview", "--stack", stack, "--non-interactive", "--color", "never", "--json", ...settings],
      {
        directory,
        engine,
        output: "capture",
        report: () => undefined,
        ...(ownState ? {} : { stateDirectory: state, environment: { [variable]: connectionString } }),
      },
    );
    return readPreview(exitCode, stdout, stderr);
  });
}

/** The variable with the connection string, for the previewed program only. */
const variable = "PALISADE_ADOPTED_DATABASE";

/** Creates the stack that `pulumi stack init` would create, but without changing the stack's own settings. */
function makeEmptyStack(state: string, project: string, stack: string): void {
  const path = checkpointFile(state, project, stack);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, JSON.stringify({ version: 3, checkpoint: { stack: `organization/${project}/${stack}` } }));
}

/** The planned operation on a resource, in the preview's JSON. */
export interface Step {
  readonly op: string;
  readonly urn: string;
  readonly newState?: { readonly custom?: boolean };
  readonly oldState?: { readonly custom?: boolean };
}

interface PreviewDigest {
  readonly steps?: readonly Step[];
  readonly diagnostics?: readonly { readonly urn?: string; readonly message: string; readonly severity: string }[];
}

/** Parses Pulumi's output of a preview. If it can't be parsed, or Pulumi failed silently, the result has an error. */
export function readPreview(exitCode: number, stdout: string, stderr: string): ProgramPreview {
  const digest = readDigest(stdout);
  const printed = `${stdout}${stderr}`.trim();
  if (digest === undefined) {
    const errors = [printed || "the preview has printed nothing"];
    return { objects: 0, adopted: 0, changes: [], errors, refused: [] };
  }
  const { steps = [], diagnostics = [] } = digest;
  const adopted = new Set(diagnostics.filter(({ message }) => isAdoptionNote(message)).map(({ urn }) => urn));
  // The stack and components have no counterpart in the database.
  const resources = steps.filter(({ newState, oldState }) => (newState ?? oldState)?.custom === true);
  const changes = resources.filter(({ op, urn }) => !unchanging.has(op) && !adopted.has(urn));
  const failures = diagnostics.filter(({ severity }) => severity === "error");
  const errors = failures.map(({ urn, message }) =>
    (urn === undefined ? message : `${nameOf(urn)}: ${message}`).trim(),
  );
  const saidOf = (of: string) =>
    diagnostics.flatMap(({ urn, severity, message }) => (urn === of && severity === "info" ? [message.trim()] : []));
  const hasFailed = exitCode !== 0 && errors.length === 0;
  return {
    objects: new Set(resources.map(({ urn }) => urn).filter((urn) => kindOfToken(typeOfUrn(urn)) !== undefined)).size,
    adopted: adopted.size,
    changes: changes.map(({ op, urn }) => [`${op} ${nameOf(urn)}`, ...saidOf(urn)].join("\n")),
    errors: hasFailed ? [stderr.trim() || `the preview has failed, with the exit code ${exitCode}`] : errors,
    refused: [
      ...failures.flatMap(({ urn, message }) => (urn === undefined ? [] : [refusedAs(urn, message.trim())])),
      ...changes.map(({ urn }) => refusedAs(urn, ["an update would change it", ...saidOf(urn)].join("\n"))),
    ],
  };
}

export function readSteps(stdout: string): readonly Step[] {
  return readDigest(stdout)?.steps ?? [];
}

const unchanging: ReadonlySet<string> = new Set(["same", "read", "refresh"]);

/** Pulumi may print other lines before it. */
function readDigest(output: string): PreviewDigest | undefined {
  const start = output.search(/^\{$/m);
  if (start < 0) return undefined;
  try {
    return JSON.parse(output.slice(start)) as PreviewDigest;
  } catch {
    return undefined;
  }
}

function refusedAs(urn: string, reason: string): RefusedResource {
  return { kind: kindOf(urn), name: resourceName(urn), reason };
}

/** `TableAccess tasks` */
function nameOf(urn: string): string {
  return `${kindOf(urn)} ${resourceName(urn)}`;
}

function kindOf(urn: string): string {
  return typeOfUrn(urn).split(":").at(-1) ?? "";
}
