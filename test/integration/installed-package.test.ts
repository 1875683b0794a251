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
  /** The folder of the contract, in the application's package, which has the packages that the contract imports. */
  readonly contract: string;
  /** Installs the application's packages, unless `install` does: until then, the repository has no Prisma. */
  installApplication?(root: string): readonly string[];
}

const checkout = join(import.meta.dirname, "../..");
const infra = join(checkout, "infra");

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
    contract: "contract",
  },
  {
    title: "a pnpm workspace, in a package of CommonJS",
    files: {
      "package.json": '{"name":"workspace","private":true}',
      "pnpm-workspace.yaml": "packages:\n  - packages/*\n",
      "packages/access/package.json": '{"name":"@shop/access","private":true}',
      "packages/web/package.json": '{"name":"@shop/web","private":true,"type":"module"}',
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
    contract: "../web/src/contract",
    installApplication: (root) => [
      ...[...pnpm, "--dir", "../web", "add", "--store-dir", join(root, ".store"), "--ignore-scripts"],
      ...[prisma, ...applicationPackages],
    ],
  },
];

describe("the package, packed and installed", () => {
  const packed = createFolder();
  let tarball: string;
  beforeAll(async () => {
    tarball = await packPackage(packed);
  });
  afterAll(() => removeFolder(packed));

  it("is small", () => {
    expect(statSync(tarball).size).toBeLessThan(1_200_000);
  });

  it("holds nothing of its repository's but the package's own folder, as it is under version control", async () => {
    const unpacked = join(packed, "package");
    expect((await runIn(packed, ["tar", "-xzf", tarball])).exitCode).toBe(0);
    const files = new Map(filesIn(unpacked).map((path) => [path, readFileSync(join(unpacked, path), "utf8")]));
    const listing = await runIn(infra, ["git", "ls-files", "--cached", "--others", "--exclude-standard"]);
    const own = new Set(listing.output.split("\n"));

    const [built, copied] = [true, false].map((isBuilt) =>
      [...files].filter(([path]) => path.startsWith("dist/") === isBuilt),
    );
    expect(copied?.map(([path]) => path).filter((path) => !own.has(path))).toEqual([]);
    for (const [path, text] of copied ?? []) expect(text, path).toBe(readFileSync(join(infra, path), "utf8"));

    // esbuild and the compiler say from which file each part is, relative to the package's folder.
    const sources = built?.flatMap(([path, text]) => [
      ...(/\.[cm]?js$/.test(path) ? [...text.matchAll(/^\/\/ (\S+\.(?:[cm]?[jt]s|json|sql))$/gm)] : []).map(
        ([, file]) => file,
      ),
      ...(path.startsWith("dist/types/") ? [path.slice("dist/types/".length).replace(/\.d\.ts$/, ".ts")] : []),
    ]);
    expect(sources?.length).toBeGreaterThan(500);
    expect(sources?.filter((file) => !own.has(file ?? "") && file !== "package.json")).toEqual([]);

    const application = ["sql", "prisma", "stacks", "policies", "Pulumi.yaml", "Pulumi.dev.yaml"];
    const texts = filesIn(checkout, application)
      .filter((path) => /\.(sql|prisma|ts|yaml)$/.test(path))
      .map((path) => readFileSync(join(checkout, path), "utf8").trim());
    expect(texts.length).toBeGreaterThan(10);
    for (const [path, text] of files) {
      expect(text.includes(checkout), `${path} names the folder of the checkout`).toBe(false);
      expect(
        texts.filter((other) => text.includes(other)),
        path,
      ).toEqual([]);
    }
  });

  describe.each(repositories)("into $title", (repository) => {
    const { files, place, install, palisade, hasMigrations, contract, installApplication } = repository;
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

    it.runIf(installApplication)(
      "has no Prisma of its own, and says what to install where the schema has a client",
      async () => {
        const file = join(root, "packages/db/prisma/schema.prisma");
        expectSuccess(await run("generate"));
        writeFileSync(file, `${schema}generator client {\n  provider = "prisma-client"\n  output = "../client"\n}\n`);
        const { exitCode, output } = await run("generate");
        writeFileSync(file, schema);
        expect(exitCode).toBe(1);
        expect(output).toContain(
          `${join(root, "packages/db")} has no Prisma installed: run \`pnpm add --save-dev prisma@7\``,
        );
      },
    );

    it("writes the contract, which compiles against the application's own packages", async () => {
      if (installApplication) expectSuccess(await runIn(folder, installApplication(root)));
      expectSuccess(await run("contract", "--out", contract));
      expect(readFileSync(join(folder, contract, "database.ts"), "utf8")).toContain("owner_id");
      expectSuccess(await run("contract", "--out", contract, "--check"));
    });

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

/** The paths of the files below these of a folder's entries, relative to the folder. Default: all of them. */
function filesIn(folder: string, entries: readonly string[] = readdirSync(folder)): readonly string[] {
  return entries.flatMap((entry) => {
    if (!statSync(join(folder, entry)).isDirectory()) return [entry];
    return filesIn(join(folder, entry)).map((path) => `${entry}/${path}`);
  });
}
