import type { Operation } from "./operation.ts";
import type { PreviewedStates } from "./previewed-states.ts";

/** What a call about one resource has at hand. */
export interface Context {
  readonly operation: Operation;
  readonly urn: string;
  readonly previewed: PreviewedStates;
  /** Shows a line under the resource. */
  readonly report: (severity: "info" | "warning", message: string) => void;
}
