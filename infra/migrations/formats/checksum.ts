import { createHash } from "node:crypto";

/**
 * The hexadecimal SHA-256 of a text, including its line ends as they are. Prisma records it in `_prisma_migrations`.
 */
export function computeChecksum(script: string): string {
  return createHash("sha256").update(script, "utf8").digest("hex");
}
