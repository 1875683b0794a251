import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { PrismaForm } from "../../prisma/schema-forms.ts";
import { packageFolder } from "../../system/package-folder.ts";
import type { ContractFiles } from "../files.ts";
import { templates } from "../templates.ts";

/** The files that turn the folder into a package, and the clients. */
export function packageFiles(form: PrismaForm): ContractFiles {
  return {
    "package.json": `${JSON.stringify(manifest(form), undefined, 2)}\n`,
    ...templates(
      "server-only.ts",
      "clients/web-socket.ts",
      "clients/browser.ts",
      "clients/server.ts",
      "clients/service.ts",
      "clients/prisma.ts",
      "next/proxy.ts",
      "next/instrumentation.ts",
      "next/check-environment.ts",
    ),
  };
}

function manifest(form: PrismaForm) {
  const own = JSON.parse(readFileSync(join(packageFolder, "package.json"), "utf8")) as {
    readonly dependencies: Readonly<Record<string, string>>;
  };
  return {
    name: "contract",
    description: "What the database's stack declares, for the application. Written by Palisade: do not edit.",
    private: true,
    type: "module",
    exports: { "./*": "./*.ts" },
    imports: {
      // Bundlers for browsers use the first condition that matches, and null is an error for them. Next.js runs a proxy
      // under edge-light.
      "#server-only": { "edge-light": "./server-only.ts", browser: null, default: "./server-only.ts" },
    },
    peerDependencies: {
      // Prisma's generated code needs a matching version of Prisma. A schema in Prisma 6's form uses the application's
      // own, which can run without an engine since 6.16.
      "@prisma/adapter-pg": form === 6 ? ">=6.16 <7" : own.dependencies["@prisma/adapter-pg"],
      "@prisma/client": form === 6 ? ">=6.16 <7" : own.dependencies["@prisma/adapter-pg"],
      "@supabase/ssr": ">=0.12",
      // Up to this version, somebody who left a channel after updating their presence stayed online (supabase-js#2565).
      "@supabase/supabase-js": ">=2.111",
      next: ">=15",
      react: ">=18",
      zod: "^4.0.0",
    },
    peerDependenciesMeta: { next: { optional: true }, react: { optional: true } },
  };
}
