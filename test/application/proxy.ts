import type { NextRequest } from "next/server";
import { refreshSession } from "@/contract/next/proxy";

export function proxy(request: NextRequest) {
  return refreshSession(request);
}

export const config = { matcher: ["/((?!_next/|.*\\.).*)"] };
