import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createFolder, packPackage, type Ran, removeFolder, runIn, writeFiles } from "../support/installed-project.ts";

const require = createRequire(import.meta.url);
const versionOf = (name: string) => (require(`${name}/package.json`) as { readonly version: string }).version;
const pulumi = `@pulumi/pulumi@${versionOf("@pulumi/pulumi")}`;

/** What an application has that uses the contract, in the versions of the one in test/application. */
const { dependencies, devDependencies } = JSON.parse(
  readFileSync(join(import.meta.dirname, "../application/package.json"), "utf8"),
) as Readonly<Record<"dependencies" | "devDependencies", Readonly<Record<string, string>>>>;
const applicationPackages = [
  "@prisma/adapter-pg",
  "@prisma/client",
  "@supabase/ssr",
  "@supabase/supabase-js",
  "@types/node",
  "typescript",
  "zod",
].map((name) => `${name}@${{ ...dependencies, ...devDependencies }[name]}`);
const prisma = `prisma@${versionOf("prisma")}`;
const policy = `@pulumi/policy@${versionOf("@pulumi/policy")}`;

/** The files of a policy pack as docs/installing.md has them. */
function documentedPack(): Readonly<Record<string, string>> {
  const text = readFileSync(join(import.meta.dirname, "../../docs/installing.md"), "utf8");
  const files = text.matchAll(/^`(policies\/[^`]+)`.*:\n\n```\w+\n([\s\S]*?)^```$/gm);
  return Object.fromEntries([...files].map(([, path = "", content = ""]) => [path, content]));
}

const schema = `datasource db {
  provider = "postgresql"
}
model Owner {
  id    String @id
  notes Note[]
  @@map("owners")
}
model Note {
  id      String @id
  text    String
  ownerId String @map("owner_id")
  owner   Owner  @relation(fields: [ownerId], references: [id])
  @@map("notes")
}
`;
const migration = `create table owners (id text primary key);
create table notes (id text primary key, text text not null, owner_id text not null references owners);
`;

/** A user's repository, before anything is installed. */
interface Repository {
  readonly title: string;
  readonly files: Readonly<Record<string, string>>;
  /** The folder of the package that gets the stack. */
  readonly place: string;
  install(root: string, tarball: string): readonly (readonly string[])[];
  readonly palisade: readonly string[];
  readonly hasMigrations: boolean;
  /** Whether it is the application's repository as well, which has the packages that the contract imports. */
  readonly hasApplication: boolean;
}

const pnpm = ["npx", "--yes", "pnpm@10.20.0"];

const repositories: readonly Repository[] = [
  {
    title: "an npm project of ES modules",
    files: { "package.json": '{"name":"shop","private":true,"type":"module"}', "prisma/schema.prisma": schema },
    place: ".",
    install: (_, tarball) => [
      [
        "npm",
        "install",
        "--prefer-offline",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        tarball,
        pulumi,
        policy,
        prisma,
        ...applicationPackages,
      ],
    ],
    palisade: ["npx", "--no", "palisade"],
    hasMigrations: false,
    hasApplication: true,
  },
  {
    title: "a pnpm workspace, in a package of CommonJS",
    files: {
      "package.json": '{"name":"workspace","private":true}',
      "pnpm-workspace.yaml": "packages:\n  - packages/*\n",
      "packages/access/package.json": '{"name":"@shop/access","private":true}',
      "packages/db/package.json": '{"name":"@shop/db","private":true}',
      "packages/db/prisma/schema.prisma": schema,
      "packages/db/prisma/migrations/1_first/migration.sql": migration,
    },
    place: "packages/access",
    install: (root, tarball) => [
      [...pnpm, "add", "--store-dir", join(root, ".store"), "--ignore-scripts", tarball, pulumi, policy],
    ],
    palisade: [...pnpm, "exec", "palisade"],
    hasMigrations: true,
    hasApplication: false,
  },
];

describe("the package, packed and installed", () => {
  const packed = createFolder();
  let tarball: string;
  beforeAll(async () => {
    tarball = await packPackage(packed);
  });
  afterAll(() => removeFolder(packed));

  it("is small, and holds nothing of its repository's", () => {
    expect(statSync(tarball).size).toBeLessThan(1_200_000);
  });

  describe.each(repositories)("into $title", ({ files, place, install, palisade, hasMigrations, hasApplication }) => {
    const root = createFolder();
    const folder = join(root, place);
    const run = (...args: string[]) => runIn(folder, [...palisade, ...args]);
    const expectSuccess = ({ exitCode, output }: Ran) => expect(exitCode, output).toBe(0);
    beforeAll(() => writeFiles(root, files));
    afterAll(async () => {
      await run("down");
      removeFolder(root);
    });

    it("is installed", async () => {
      for (const command of install(root, tarball)) expectSuccess(await runIn(folder, command));
    });

    it("sets the project up once", async () => {
      const first = await run("init");
      expectSuccess(first);
      expect(first.output).toContain("wrote  stacks/index.ts");
      const again = await run("init");
      expectSuccess(again);
      expect(again.output).not.toContain("wrote");
      if (!hasMigrations) expectSuccess(await run("migrations", "new", "first"));
    });

    it("gives the program types that the compiler takes, and an example that it takes as well", async () => {
      const program = readFileSync(join(folder, "stacks/index.ts"), "utf8");
      const example = program.split("\n").flatMap((line) => /^ \* {5}(.*)/.exec(line)?.[1] ?? []);
      expect(example.join("\n")).toContain("app.notes.ownerId");
      const text = `import { sql } from "pulumi-palisade";\n${program}\n${example.join("\n")}\n`;
      writeFiles(folder, { "stacks/example.ts": text });
      expectSuccess(await runIn(folder, [process.execPath, require.resolve("typescript/bin/tsc"), "-p", "."]));
    });

    it("provisions a local database, and finds no difference afterwards", async () => {
      const up = await run("up");
      expectSuccess(up);
      expect(up.output).toMatch(/\+ 5 created/);
      expectSuccess(await run("preview", "--expect-no-changes"));
    });

    it("is judged by a policy pack, made as the documentation says, which ends with its engine", async () => {
      const pack = documentedPack();
      expect(Object.keys(pack)).toEqual(["policies/PulumiPolicy.yaml", "policies/package.json", "policies/index.js"]);
      const isWatched = `if (!globalThis[Symbol.for("palisade.endsWithEngine")]) throw new Error("it would stay");\n`;
      writeFiles(folder, { ...pack, "policies/index.js": `${pack["policies/index.js"]}${isWatched}` });
      const judge = () => run("preview", "--policy-pack", "policies");
      const good = await judge();
      expectSuccess(good);
      expect(good.output).toContain("✅ access@v1.0.0");
      const program = join(folder, "stacks/index.ts");
      const before = readFileSync(program, "utf8");
      const added = `import { Bucket } from "pulumi-palisade";\nnew Bucket("all");\n`;
      writeFileSync(program, `${before}${added}`);
      const bad = await judge();
      writeFileSync(program, before);
      expect(bad.exitCode).not.toBe(0);
      expect(bad.output).toMatch(/\[mandatory\] +buckets-limit-what-they-take +\(palisade:index:Bucket: all\)/);
    });

    it.runIf(hasApplication)("writes the contract, which compiles against the application's own packages", async () => {
      expectSuccess(await run("contract", "--out", "contract"));
      expect(readFileSync(join(folder, "contract/database.ts"), "utf8")).toContain("owner_id");
      expectSuccess(await run("contract", "--out", "contract", "--check"));
    });

    it.runIf(!hasApplication)(
      "has no Prisma of its own, and says what to install where the schema has a client",
      async () => {
        const file = join(root, "packages/db/prisma/schema.prisma");
        expectSuccess(await run("generate"));
        writeFileSync(file, `${schema}generator client {\n  provider = "prisma-client"\n  output = "../client"\n}\n`);
        const { exitCode, output } = await run("generate");
        expect(exitCode).toBe(1);
        expect(output).toContain(
          `${join(root, "packages/db/prisma")} has no Prisma installed: run \`npm install --save-dev prisma@7\``,
        );
      },
    );

    it("takes its local database away again", async () => {
      expectSuccess(await run("down"));
      expect(existsSync(join(folder, ".palisade/postgres-17"))).toBe(false);
      const state = join(folder, ".palisade/state");
      const stacks = existsSync(state) ? readdirSync(state, { recursive: true, encoding: "utf8" }) : [];
      expect(stacks.filter((file) => file.endsWith("dev.json"))).toEqual([]);
      expect(readFileSync(join(folder, "stacks/tables.ts"), "utf8")).toContain("owner_id");
    });
  });
});
