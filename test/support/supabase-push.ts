import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { buildProgram } from "../../infra/engine/build.ts";
import { EngineUnavailable } from "../../infra/engine/engine.ts";
import { findGo } from "../../infra/engine/go.ts";
import { keepBuilt } from "./keep-built.ts";

/** Does what `supabase db push` does. @returns the files of the migrations that it applied, in order */
export type SupabasePush = (project: string, url: string) => Promise<readonly string[]>;

const source = join(import.meta.dirname, "../supabase-cli");

/** Builds it of the package that the Supabase CLI itself is made of. @returns why it can't be built, where that is so */
export async function buildSupabasePush(report: (line: string) => void): Promise<SupabasePush | string> {
  try {
    const go = await findGo(process.env);
    const files = ["go.mod", "main.go"].map((file) => join(source, file));
    const folder = await keepBuilt("supabase-cli", files, report, async (made) => {
      const program = { title: "the Supabase CLI's migrations", module: source, package: ".", linkerFlags: "-s -w" };
      await buildProgram(go, program, join(made, "push"), report);
    });
    return async (project, url) => {
      const environment = { ...process.env, SUPABASE_DB_URL: url };
      const { stdout } = await promisify(execFile)(join(folder, "push"), [project], { env: environment });
      return stdout.split("\n").filter((line) => line !== "");
    };
  } catch (error) {
    if (error instanceof EngineUnavailable) return error.message;
    throw error;
  }
}
