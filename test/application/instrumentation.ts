/** Ends a server at once whose environment is incomplete, and not when the first page is asked for. */
export { register } from "@/contract/next/instrumentation";
