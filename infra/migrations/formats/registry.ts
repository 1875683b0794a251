import type { FormatName, MigrationFormat } from "./format.ts";
import { plainFormat } from "./plain/format.ts";
import { prismaFormat } from "./prisma/format.ts";
import { supabaseFormat } from "./supabase/format.ts";

export const formats: readonly MigrationFormat[] = [prismaFormat, supabaseFormat, plainFormat];

/** For a resource that names no format. */
export const defaultFormat = prismaFormat;

export function formatNamed(name: FormatName = defaultFormat.name): MigrationFormat {
  return formats.find((format) => format.name === name) ?? defaultFormat;
}
