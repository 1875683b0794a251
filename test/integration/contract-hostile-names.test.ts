import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { describeContract } from "../../infra/contract/contract.ts";
import { toApplicationModel } from "../../infra/contract/data-model.ts";
import { platformVariables } from "../../infra/contract/environment/variables.ts";
import { type ContractFiles, writeContractFiles } from "../../infra/contract/files.ts";
import { type ParsedSchema, parseSchema } from "../../infra/prisma/model.ts";
import { applicationFolder, prepareApplication, runProgram } from "../support/contract-application.ts";
import { type HostileCase, hostileCase } from "../support/hostile-schema.ts";

// Below the application, whose packages the compiler needs; its own checks leave the folder out.
const folder = join(applicationFolder, ".hostile");

// Compilers on a busy machine take their time.
vi.setConfig({ testTimeout: 300_000 });
beforeAll(prepareApplication);

describe("a contract of hostile names", () => {
  it("compiles, and has every table, view and enum; or is refused by both names that would be one", async () => {
    const cases = fc.sample(hostileCase, 60);
    const written: (HostileCase & { readonly number: number; readonly refusal?: string })[] = [];
    rmSync(folder, { recursive: true, force: true });
    for (const [number, each] of cases.entries()) {
      const parsed = await parseSchema(each.schema).catch(() => undefined);
      // Prisma has refused it.
      if (parsed === undefined) continue;
      try {
        save(`${number}`, await writeCase(each, parsed), useOfEverything(parsed, each));
        written.push({ ...each, number });
      } catch (error) {
        written.push({ ...each, number, refusal: String(error) });
      }
    }
    const accepted = written.filter(({ refusal }) => refusal === undefined);
    const refused = written.filter(({ refusal }) => refusal !== undefined);
    for (const { refusal } of refused)
      expect(refusal).toMatch(
        /^InputError: (the contract's \S+ would call .+ and .+ both .+; rename one of them|.+: JavaScript keeps the name __proto__ for itself)$/su,
      );
    expect(accepted.length).toBeGreaterThan(10);
    expect(refused.length).toBeGreaterThan(0);

    const compilerOptions = { incremental: false, types: ["node"], plugins: [], paths: {} };
    const include = accepted.map(({ number }) => `${number}/**/*`);
    const exclude = ["**/clients/prisma.ts"];
    const settings = { extends: "../tsconfig.json", compilerOptions, include, exclude };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(settings));
    const { stdout } = await runProgram("typescript/bin/tsc", ["--noEmit", "-p", folder]);
    const [, first] = /\.hostile\/(\d+)\//.exec(stdout) ?? [];
    const wrong = first === undefined ? undefined : cases[Number(first)];
    expect([stdout, wrong]).toEqual(["", undefined]);
    rmSync(folder, { recursive: true });
  });
});

async function writeCase({ schema, resources }: HostileCase, parsed: ParsedSchema): Promise<ContractFiles> {
  const contract = await describeContract(resources, toApplicationModel(parsed), platformVariables);
  return writeContractFiles(contract, [schema]);
}

/** What supabase-js makes of the types: every relation can be read by its name, and only tables be written. */
function useOfEverything({ datamodel, views }: ParsedSchema, { resources }: HostileCase): string {
  const grantsUsers = JSON.stringify(resources).includes("authenticated");
  const database = grantsUsers ? "Database" : "ServiceDatabase";
  const reads = datamodel.models.map(({ name, dbName, schema }, index) => {
    const kind = views.has(name) ? "Views" : "Tables";
    const relation = `${database}[${JSON.stringify(schema)}]["${kind}"][${JSON.stringify(dbName ?? name)}]`;
    return `export type Id${index} = ${relation}["Row"]["id"];
export const id${index} = 1 satisfies Id${index};
export const read${index} = (client: SupabaseClient<${database}>) => client.schema(${JSON.stringify(schema)}).from(${JSON.stringify(dbName ?? name)}).select("id");`;
  });
  return `import type { SupabaseClient } from "@supabase/supabase-js";
import type { ${database} } from "./database";
${reads.join("\n")}
`;
}

function save(name: string, files: ContractFiles, use: string): void {
  for (const [path, text] of Object.entries({ ...files, "use.ts": use })) {
    const file = join(folder, name, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}
