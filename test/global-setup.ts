import { ensureEngine } from "../infra/engine/index.ts";

/** The engine is made once, before the files that use it at the same time. */
export default async function setup(): Promise<void> {
  await ensureEngine((line) => console.error(line));
}
