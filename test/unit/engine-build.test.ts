import { mkdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { buildEngine, CompileCount } from "../../infra/engine/build.ts";
import { findGo, goEnvironment } from "../../infra/engine/go.ts";
import { askVersion } from "../../infra/engine/installed.ts";
import { formatDuration, withProgress } from "../../infra/engine/progress.ts";
import { engineVersion } from "../../infra/engine/version.ts";
import { runCaptured } from "../../infra/system/child-process.mjs";
import { createTestFolder } from "../support/folder.ts";
import { pathOf, writeProgram } from "../support/programs.ts";

const modules = join(import.meta.dirname, "../../infra/engine/modules");

/** A `go` that notes how it was called, and makes programs that only know their version. */
function writeGo({
  version = "1.26.8",
  build = [],
  source = 'maybeAppendArg("monitor", address)',
}: {
  version?: string;
  build?: readonly string[];
  source?: string;
} = {}) {
  const folder = createTestFolder();
  const scripts = join(folder, "sdk", "nodejs", "dist");
  for (const name of ["pulumi-analyzer-policy", "pulumi-resource-pulumi-nodejs"])
    writeProgram(join(scripts, name), "exit 0");
  const host = join(folder, "sdk", "nodejs", "cmd", "pulumi-language-nodejs");
  mkdirSync(host, { recursive: true });
  writeFileSync(join(host, "main.go"), source);
  writeFileSync(join(host, "main_test.go"), "");
  writeProgram(
    join(folder, "bin", "go"),
    `echo "$PWD: $*" >> "${folder}/calls"`,
    'case "$1 $2" in',
    `"version ") echo "go version go${version} linux/amd64";;`,
    `"list -m") echo "${folder}/sdk";;`,
    '"list -deps") echo "go: downloading example.com/one v1.0.0" >&2; printf "one\\ntwo\\n";;',
    '"build -v")',
    `  [ -f main.go ] && cat main.go > "${folder}/compiled" && ls > "${folder}/sources"`,
    ...build,
    '  while [ "$1" != -o ]; do shift; done',
    '  mkdir -p "$(dirname "$2")"',
    `  printf '#!/bin/sh\\necho "%s $*"\\n' ${engineVersion} > "$2"; chmod +x "$2";;`,
    "esac",
  );
  return {
    environment: { PATH: pathOf(join(folder, "bin"), "/usr/bin", "/bin") },
    readSources: () => ["compiled", "sources"].map((file) => readFileSync(join(folder, file), "utf8")),
    readCalls: () => readFileSync(join(folder, "calls"), "utf8"),
  };
}

function createTarget(): string {
  const folder = createTestFolder();
  mkdirSync(join(folder, "bin"));
  return folder;
}

describe("building the engine", () => {
  it("makes a pulumi, and a language host that is told what the project's Pulumi.yaml says", async () => {
    const { environment, readCalls } = writeGo();
    const folder = createTarget();
    await buildEngine(folder, () => {}, environment);
    expect(await askVersion(join(folder, "bin", "pulumi"), environment)).toBe(engineVersion);
    const host = await runCaptured(join(folder, "bin", "pulumi-language-nodejs"), ["127.0.0.1:1"]);
    const preload = join(realpathSync(folder), "host", "end-with-engine.mjs");
    expect(host.stdout).toBe(
      `${engineVersion} -typescript=false -nodeargs=--import '${preload}' --import tsx 127.0.0.1:1\n`,
    );
    const told = { environment: { PALISADE_NODEARGS: "--import one --import two" } };
    expect((await runCaptured(join(folder, "bin", "pulumi-language-nodejs"), ["127.0.0.1:1"], told)).stdout).toBe(
      `${engineVersion} -typescript=false -nodeargs=--import '${preload}' --import one --import two 127.0.0.1:1\n`,
    );
    expect(readFileSync(preload, "utf8")).toContain("endWithEngine");
    expect(readCalls()).toContain(`${join(modules, "pulumi")}: build -v -trimpath -buildvcs=false`);
  });

  it("has programs talk to the engine itself, which can do more than the language host knows", async () => {
    const { environment, readSources } = writeGo();
    const folder = createTarget();
    await buildEngine(folder, () => {}, environment);
    expect(readSources()).toEqual([
      'maybeAppendArg("monitor", req.GetMonitorAddress())',
      ["go.mod", "go.sum", "main.go", ""].join("\n"),
    ]);
    const other = writeGo({ source: "another host" });
    await expect(buildEngine(createTarget(), () => {}, other.environment)).rejects.toThrow("is not the known one");
  });

  it("brings along what starts policy packs", async () => {
    const { environment } = writeGo();
    const folder = createTarget();
    await buildEngine(folder, () => {}, environment);
    expect(await runCaptured(join(folder, "bin", "pulumi-analyzer-policy"), [])).toMatchObject({ exitCode: 0 });
  });

  it("shows the end of what Go said when it fails", async () => {
    const { environment } = writeGo({ build: ['echo "verifying module: checksum mismatch" >&2; exit 1'] });
    await expect(buildEngine(createTarget(), () => {}, environment)).rejects.toThrow(
      /the Node\.js language host could not be built: verifying module: checksum mismatch/,
    );
  });

  it("stamps the program with the version that its modules pin", () => {
    const pinned = readFileSync(join(modules, "pulumi", "go.mod"), "utf8");
    expect(pinned).toContain(`github.com/pulumi/pulumi/pkg/v3 v${engineVersion}`);
  });
});

describe("the Go that builds it", () => {
  it("is looked for on PATH", async () => {
    await expect(findGo({ PATH: "" })).rejects.toThrow(/no Go on PATH/);
  });

  it("is refused with its version when it can neither build nor fetch a newer one", async () => {
    const { environment } = writeGo({ version: "1.19.8" });
    await expect(findGo(environment)).rejects.toThrow(/is 1\.19\.8; Go 1\.24\.7 or later/);
  });

  it("stays as it is when it is new enough, and fetches the toolchain asked for when not", () => {
    expect(goEnvironment({ GOTOOLCHAIN: "go1.20" }, "1.26.8").GOTOOLCHAIN).toBe("local");
    expect(goEnvironment({ GOTOOLCHAIN: "local" }, "1.24.4").GOTOOLCHAIN).toBe("auto");
  });

  it("builds the pinned modules for this machine whatever the user's settings are", () => {
    const settings = {
      GOFLAGS: "-mod=mod -race",
      GOWORK: "/work/go.work",
      GOOS: "windows",
      GOPROXY: "https://proxy.example",
    };
    expect(goEnvironment(settings, "1.26.8")).toMatchObject({
      GOFLAGS: "-mod=readonly",
      GOWORK: "off",
      GOOS: process.platform,
      GOPROXY: "https://proxy.example",
    });
  });
});

describe("progress", () => {
  it("counts the packages that are compiled, and nothing else that Go says", () => {
    const count = new CompileCount("example.com/program", 3);
    for (const line of ["internal/abi", "golang.org/x/net/http2", "# example.com/warning", "go: downloading x v1"])
      count.add(line);
    expect(String(count)).toBe("2 of 3 packages");
    count.add("example.com/program");
    expect(String(count)).toBe("linking");
  });

  it("is reported for as long as the work takes", async () => {
    const lines: string[] = [];
    const work = () => new Promise<string>((resolve) => setTimeout(() => resolve("done"), 100));
    const result = await withProgress(
      (line) => lines.push(line),
      (elapsed) => `after ${elapsed}`,
      work,
      30,
    );
    expect(result).toBe("done");
    expect(lines.length).toBeGreaterThanOrEqual(1);
    const before = lines.length;
    await new Promise((resolve) => setTimeout(resolve, 80));
    expect(lines.length).toBe(before);
  });

  it("says times as people do", () => {
    expect([400, 59_600, 176_000].map(formatDuration)).toEqual(["0 s", "1 min 0 s", "2 min 56 s"]);
  });
});
