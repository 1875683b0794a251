import type { Operation } from "./operation.ts";
import type { PreviewedStates } from "./previewed-states.ts";

/** What a call about one resource has at hand. */
export interface Context {
  readonly operation: Operation;
  readonly urn: string;
  readonly previewed: PreviewedStates;
  /** How long the change may take at most, as the resource's `customTimeouts` say; undefined where they say nothing. */
  readonly timeoutSeconds?: number;
  /** Shows a line under the resource. */
  readonly report: (severity: "info" | "warning", message: string) => void;
}
