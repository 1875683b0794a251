import type { FormatName, MigrationFormat } from "./format.ts";
import { plainFormat } from "./plain/format.ts";
import { prismaFormat } from "./prisma/format.ts";
import { supabaseFormat } from "./supabase/format.ts";

export const formats: readonly MigrationFormat[] = [prismaFormat, supabaseFormat, plainFormat];

/** Of a resource that names none. */
export const defaultFormat = prismaFormat;

export function formatNamed(name: FormatName = defaultFormat.name): MigrationFormat {
  return formats.find((format) => format.name === name) ?? defaultFormat;
}
