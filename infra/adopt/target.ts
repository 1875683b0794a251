/** Where a program is written. */
export interface Target {
  /** The folder of Pulumi.yaml. */
  readonly directory: string;
  /** The program's file, which Pulumi runs. */
  readonly main: string;
  /** The file of typed tables. */
  readonly tables: string;
  /** The folder of the functions' definitions, one .sql file each. */
  readonly functions: string;
  /** Prisma's schema, if the project has one. */
  readonly schema: string | undefined;
}
