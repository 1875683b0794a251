import { deployPrismaMigrations } from "../../deployment/deploy-migrations.ts";
import { markApplied, markRolledBack, readPrismaRecords } from "../../deployment/prisma-commands.ts";
import type { MigrationFormat } from "../format.ts";
import { readPrismaFolder } from "./folder.ts";
import { prismaFolderProblem } from "./folder-problem.ts";
import { prismaRecords } from "./records.ts";

/**
 * Prisma's: a folder for each migration, applied by Prisma's own engine.
 * @see https://www.prisma.io/docs/orm/prisma-migrate
 */
export const prismaFormat: MigrationFormat = {
  name: "prisma",
  title: "Prisma migrations",
  records: prismaRecords,
  isRepairable: false,
  needsBaseline: true,
  warnsOutOfOrder: false,
  // A stack may declare access to this table.
  ownTable: {
    assumption: "create table if not exists public._prisma_migrations (id varchar(36) primary key)",
    effect: {
      migration: "",
      does: "creates",
      target: { kind: "table", id: "public._prisma_migrations" },
      relation: {
        ...{ schema: "public", name: "_prisma_migrations", kind: "r", columns: [] },
        ...{ reads: [], isInvoker: false, isUpdatable: false },
      },
    },
  },
  findProblem: prismaFolderProblem,
  readFolder: readPrismaFolder,
  readRecords: readPrismaRecords,
  deploy: deployPrismaMigrations,
  markApplied,
  markRolledBack: ({ connectionString }, name) => markRolledBack(connectionString, name),
};
