import type { Contradiction, Effect } from "../../access/effects/effect.ts";
import { formatName } from "../../sql/names.ts";
import type { Bucket } from "./kind.ts";

/**
 * Where migrations contradict a declared bucket. Effects on other rows, or with computed values, may or may not concern
 * this bucket.
 */
export function bucketContradictions(all: readonly Effect[], id: string, declared: Bucket): readonly Contradiction[] {
  const effects = all.filter(({ target }) => target.kind === "bucket" && (target.id === id || target.id === undefined));
  let found: Contradiction | undefined;
  for (const effect of effects) {
    const { migration, does, target } = effect;
    const isCertain = target.kind === "bucket" && (target.id !== undefined || target.isEvery === true);
    const bucket = `the bucket ${declared.name}`;
    if (does === "drops") {
      const action = `${isCertain ? "deletes" : "may delete"} ${bucket}`;
      found = { migration, action, declared: "declares", remedy: "makes it again", opens: false };
    } else if (does === "makes" || does === "changes") {
      const wrong = [...effect.values]
        .filter(([column, value]) => !isAsDeclared(column, value, declared))
        .map(([column]) => column);
      if (does === "makes" && wrong.length === 0) found = undefined;
      if (wrong.length === 0) continue;
      const what = wrong
        .filter((column) => column !== "")
        .map(formatName)
        .join(", ");
      const action =
        does === "makes"
          ? `makes ${isCertain ? bucket : "buckets"}`
          : `${isCertain ? "changes" : "may change"} ${what} of ${bucket}`;
      found = {
        migration,
        action,
        declared: "declares otherwise",
        remedy: "brings it to its declaration",
        opens: true,
      };
    }
  }
  return found === undefined ? [] : [found];
}

/** A column that can't be declared may have any value. */
function isAsDeclared(column: string, value: unknown, declared: Bucket): boolean {
  switch (column) {
    case "id":
    case "name":
      return value === declared.name;
    case "public":
      return value === declared.public;
    case "avif_autodetection":
      return value === declared.avifAutodetection;
    case "file_size_limit":
      return (
        value !== undefined &&
        Number(value) === (declared.fileSizeLimit ?? 0) &&
        (value !== null || declared.fileSizeLimit === undefined)
      );
    case "allowed_mime_types":
      return value === null && declared.allowedMimeTypes === undefined;
    case "":
      return false;
    default:
      return true;
  }
}
