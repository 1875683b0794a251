import { timestamp } from "../../deployment/migration-name.ts";
import type { ScriptNames } from "../format.ts";
import { compareNaturally } from "./natural-order.ts";

/**
 * Continues the last script's scheme, such as `0009_`, `V1.2__` or `3-`. If that has a timestamp or no number, uses a
 * timestamp.
 */
export const plainScriptNames: ScriptNames = {
  compare: compareNaturally,
  prefix(names, now) {
    const [, start = "", digits, separator = "_"] = numbered.exec(names.at(-1) ?? "") ?? [];
    const isCounted = digits !== undefined && digits.length <= 6;
    const number = isCounted ? String(Number(digits) + 1).padStart(digits.length, "0") : timestamp(now);
    return `${start}${number}${separator}`;
  },
};

/** Flyway's versions may contain underscores, as in `V1_2__title`. */
const numbered = /^(V(?:\d+[._])*|v?(?:\d+\.)*)(\d+)(?:(_{1,2}|-)|$)/;
