import { mkdirSync, symlinkSync } from "node:fs";
import { delimiter, join } from "node:path";
import { buildProgram, type Program } from "../../infra/engine/build.ts";
import { type Engine, EngineUnavailable } from "../../infra/engine/engine.ts";
import { findGo } from "../../infra/engine/go.ts";
import { findProgram } from "../../infra/engine/installed.ts";
import { packageFolder } from "../../infra/system/package-folder.ts";
import { keepBuilt } from "./keep-built.ts";

/** What writes SDKs for Go and Python, and runs programs in Go. */
export interface LanguageHosts {
  /** The environment for `pulumi package gen-sdk`. */
  readonly forSdks: Readonly<Record<string, string>>;
  /** The environment for `pulumi up`, and for `go`, which it calls. */
  readonly forPrograms: Readonly<Record<string, string>>;
}

/**
 * Finds the language hosts of an official engine, or builds what stands in for them beside an engine that was built. Their modules are not
 * served as Go modules at the engine's release. So SDKs are written by the generators that those hosts call (test/languages/sdk-generators.go),
 * and programs are run by the host for Go of an older release.
 *
 * @returns why there are none, where there are none
 */
export async function findLanguageHosts(
  engine: Engine,
  report: (line: string) => void,
): Promise<LanguageHosts | string> {
  try {
    const go = await findGo(process.env);
    // As the engine itself is built: what is in Go's cache already need not be compiled again.
    const settings = { ...go.environment, GOFLAGS: "-trimpath -mod=readonly" };
    if (engine.origin !== "built") {
      const missing = ["pulumi-language-go", "pulumi-language-python"].find(
        (name) => findProgram(name, { PATH: `${engine.directory}${delimiter}${process.env.PATH}` }) === undefined,
      );
      return missing === undefined ? { forSdks: {}, forPrograms: defined(settings) } : `Pulumi has no ${missing}`;
    }
    const folder = await keepBuilt("languages", sourceFiles, report, async (made) => {
      for (const name of ["sdks", "programs"]) mkdirSync(join(made, name));
      await buildProgram(go, sdkGenerators, join(made, "sdks", "pulumi-language-go"), report);
      symlinkSync("pulumi-language-go", join(made, "sdks", "pulumi-language-python"));
      await buildProgram(go, goHost, join(made, "programs", "pulumi-language-go"), report);
    });
    const pathWith = (name: string) => `${join(folder, name)}${delimiter}${process.env.PATH}`;
    return { forSdks: { PATH: pathWith("sdks") }, forPrograms: { ...defined(settings), PATH: pathWith("programs") } };
  } catch (error) {
    if (error instanceof EngineUnavailable) return error.message;
    throw error;
  }
}

const sources = join(import.meta.dirname, "../languages");

const sdkGenerators: Program = {
  title: "what writes SDKs",
  module: join(packageFolder, "engine", "modules", "pulumi"),
  package: join(sources, "sdk-generators.go"),
  linkerFlags: "-s -w",
};

const goHost: Program = {
  title: "the Go language host",
  module: join(sources, "go-host"),
  package: "github.com/pulumi/pulumi/sdk/v3/go/pulumi-language-go",
  linkerFlags: "-s -w",
};

const sourceFiles = [sdkGenerators.package, join(sdkGenerators.module, "go.mod"), join(goHost.module, "go.mod")];

function defined(environment: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(environment).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
