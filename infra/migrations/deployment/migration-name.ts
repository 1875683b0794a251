import { InputError } from "../../errors/errors.ts";

/** A description of a migration as a part of its name: `add_notes`. */
export function slug(name: string): string {
  const words = name
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, "_")
    .replaceAll(/^_+|_+$/g, "");
  if (words === "") throw new InputError(`"${name}" is no name for a migration: say what it does, such as add_notes`);
  return words;
}

/** The timestamp used by Prisma and the Supabase CLI: `20260105090000`, in UTC. */
export function timestamp(now: Date): string {
  return now.toISOString().replaceAll(/\D/g, "").slice(0, 14);
}
