/** A command of the command line. */
interface Command {
  readonly summary: string;
  /** Whether it takes no arguments. Default: no. */
  readonly isPlain?: boolean;
  /** Loads its module when the command is called. */
  load(): Promise<{ run(args: readonly string[]): Promise<number> }>;
}

export type Commands = Readonly<Record<string, Command>>;

/** The package's commands: `npx palisade <command>`. */
export const commands: Commands = {
  init: { summary: "set a project up in this folder: writes what is missing", load: () => import("./init.ts") },
  adopt: {
    summary: "write a program for the database that is there, and preview it",
    load: () => import("./adopt.ts"),
  },
  up: { summary: "provision the stack (starts the local database)", load: () => import("./up.ts") },
  preview: { summary: "show how the live database differs from the stack", load: () => import("./preview.ts") },
  down: {
    summary: "stop and remove the local database and its state",
    isPlain: true,
    load: () => import("./down.ts"),
  },
  pulumi: { summary: "run Pulumi with this project's settings", load: () => import("./pulumi.ts") },
  url: { summary: "print the local database's connection string", isPlain: true, load: () => import("./url.ts") },
  reach: { summary: "show who reaches what in the live database", load: () => import("./reach.ts") },
  verify: { summary: "prove who may do what by trying it on the live database", load: () => import("./verify.ts") },
  migrations: {
    summary: "show what is applied, resolve a failed migration, and write a new one",
    load: () => import("./migrations.ts"),
  },
  generate: {
    summary: "write the typed tables and the Prisma client from the Prisma schema",
    isPlain: true,
    load: () => import("./generate.ts"),
  },
  contract: {
    summary: "write what the stack declares as code for an application",
    load: () => import("./contract.ts"),
  },
};
