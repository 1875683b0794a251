import type { Operation } from "./operation.ts";
import type { PreviewedStates } from "./previewed-states.ts";

/** What a provider call about one resource needs. */
export interface Context {
  readonly operation: Operation;
  readonly urn: string;
  readonly previewed: PreviewedStates;
  /** The time limit from the resource's `customTimeouts`; undefined if it has none. */
  readonly timeoutSeconds?: number;
  /** Shows a line under the resource. */
  readonly report: (severity: "info" | "warning", message: string) => void;
}
