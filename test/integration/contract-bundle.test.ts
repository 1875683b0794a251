import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { isPublic } from "../../infra/contract/environment/variables.ts";
import { environment } from "../../stacks/environment.ts";
import { applicationFolder, load, prepareApplication } from "../support/contract-application.ts";
import { completeEnvironment } from "../support/contract-environment.ts";

/** What the test uses of esbuild, which is one of the application's dependencies. */
interface Bundler {
  build(options: object): Promise<{
    readonly outputFiles: readonly { readonly text: string }[];
    readonly metafile: { readonly inputs: Readonly<Record<string, unknown>> };
  }>;
}

const browserModules = ["env/public", "clients/browser", "realtime", "storage", "channels", "channels-react"];
const serverModules = ["env/server", "clients/server", "clients/service", "clients/prisma", "next/proxy"];

beforeAll(prepareApplication);

describe("a bundle for browsers", () => {
  it("holds everything that is for browsers, and no secret, no server code and no Node.js module", async () => {
    const { outputFiles, metafile } = await bundle(browserModules);
    const [text = ""] = outputFiles.map((file) => file.text);
    const findAll = (...words: readonly (string | undefined)[]) =>
      words.filter(
        (word) => word && text.split(word).some((part, index, parts) => index < parts.length - 1 && !/\w$/.test(part)),
      );
    expect(findAll("project_id", completeEnvironment.NEXT_PUBLIC_SUPABASE_ANON_KEY)).toHaveLength(2);
    const { DATABASE_URL, SUPABASE_SERVICE_ROLE_KEY } = completeEnvironment;
    expect(findAll(DATABASE_URL, SUPABASE_SERVICE_ROLE_KEY)).toEqual([]);
    expect(findAll(...Object.keys(environment).filter((name) => !isPublic(name) && name !== "NODE_ENV"))).toEqual([]);
    expect(findAll("PrismaClient", "createServiceClient", "for the server alone")).toEqual([]);
    const inputs = Object.keys(metafile.inputs);
    expect(
      inputs.filter((path) => /server|service|prisma|node_modules\/(pg|next|ws)\//.test(withoutSupabase(path))),
    ).toEqual([]);
    expect(inputs.filter((path) => path.startsWith("contract/")).sort()).toEqual([
      "contract/channels-react.ts",
      "contract/channels.ts",
      "contract/channels/channel.ts",
      "contract/channels/presence.ts",
      "contract/channels/use-presence.ts",
      "contract/clients/browser.ts",
      "contract/clients/web-socket.ts",
      "contract/env/checks.ts",
      "contract/env/public-variables.ts",
      "contract/env/public.ts",
      "contract/env/read.ts",
      "contract/realtime.ts",
      "contract/realtime/subscribe.ts",
      "contract/storage.ts",
      "contract/storage/bucket.ts",
    ]);
  });

  it.each(serverModules)("cannot be made with %s", async (module) => {
    await expect(bundle([module])).rejects.toThrow(/#server-only/);
  });

  it("is not needed for Node.js, where the server's modules are found", async () => {
    const { metafile } = await bundle(serverModules, { platform: "node", format: "esm", packages: "external" });
    expect(Object.keys(metafile.inputs)).toContain("contract/server-only.ts");
  });
});

/** The files of Supabase's own packages that a browser gets are Supabase's choice. */
function withoutSupabase(path: string): string {
  return path.includes("node_modules/@supabase/") ? "" : path;
}

async function bundle(modules: readonly string[], options: object = {}) {
  const bundler = await load<Bundler & { readonly default?: Bundler }>("node_modules/esbuild/lib/main.js");
  const values = Object.entries(completeEnvironment).filter(([name]) => name.startsWith("NEXT_PUBLIC_"));
  return (bundler.default ?? bundler).build({
    stdin: {
      contents: modules.map((name, index) => `export * as module${index} from "./contract/${name}";`).join("\n"),
      resolveDir: applicationFolder,
    },
    absWorkingDir: applicationFolder,
    bundle: true,
    write: false,
    metafile: true,
    logLevel: "silent",
    platform: "browser",
    format: "esm",
    nodePaths: [join(applicationFolder, "node_modules")],
    define: Object.fromEntries(values.map(([name, value]) => [`process.env.${name}`, JSON.stringify(value)])),
    ...options,
  });
}
