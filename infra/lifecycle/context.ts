import type { Parent } from "./import-command.ts";
import type { Operation } from "./operation.ts";
import type { PreviewedStates } from "./previewed-states.ts";

/** What a call about one resource has at hand. */
export interface Context {
  readonly operation: Operation;
  readonly urn: string;
  /** The components that the resource stands under, from the outermost on; undefined where the program does not tell. */
  readonly parents?: readonly Parent[] | undefined;
  readonly previewed: PreviewedStates;
  /** Shows a line under the resource. */
  readonly report: (severity: "info" | "warning", message: string) => void;
}
