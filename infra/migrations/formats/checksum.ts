import { createHash } from "node:crypto";

/** The SHA-256 of a text as it is, whatever its line ends, in hexadecimal: what Prisma writes into `_prisma_migrations`. */
export function computeChecksum(script: string): string {
  return createHash("sha256").update(script, "utf8").digest("hex");
}
