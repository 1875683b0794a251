import type { FormatName, MigrationFormat } from "./format.ts";
import { plainFormat } from "./plain/format.ts";
import { prismaFormat } from "./prisma/format.ts";
import { supabaseFormat } from "./supabase/format.ts";

export const formats: readonly MigrationFormat[] = [prismaFormat, supabaseFormat, plainFormat];

/** @param name default: Prisma's */
export function formatNamed(name: FormatName = "prisma"): MigrationFormat {
  return formats.find((format) => format.name === name) ?? prismaFormat;
}
