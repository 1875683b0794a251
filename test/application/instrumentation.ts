/** Checks the environment when the server starts, and not when the first page is asked for. */
export async function register() {
  if (process.env.NEXT_RUNTIME === "nodejs") await import("@/contract/env/server");
}
