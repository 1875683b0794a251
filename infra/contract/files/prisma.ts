import type { ContractFiles } from "../files.ts";

/** The schema, from which the application's client is generated beside it. */
export function prismaFiles(schema: string): ContractFiles {
  return {
    "prisma/schema.prisma": `// Written by Palisade (npm run contract) from its prisma/schema.prisma. Do not edit: change that.\n\n${setOutput(schema)}`,
    // As Prisma advises: the client is made anew by \`prisma generate\`, wherever the application is built.
    "prisma/.gitignore": "generated/\n",
  };
}

/** The client's generator, with its output here and with imports as this package's. */
function setOutput(schema: string): string {
  const settings = ['output              = "./generated"', 'importFileExtension = ""'];
  return schema.replace(/^generator\s+\w+\s*\{[^}]*?\}/m, (block) => {
    const kept = block.split("\n").filter((line) => !/^\s*(output|importFileExtension)\s*=/.test(line));
    return [...kept.slice(0, -1), ...settings.map((setting) => `  ${setting}`), ...kept.slice(-1)].join("\n");
  });
}
