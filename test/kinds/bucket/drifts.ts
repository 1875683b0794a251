import type { Drift } from "../sample.ts";

const change = (title: string, assignments: string, ...shown: string[]): Drift => ({
  title,
  sql: (key) => `update storage.buckets set ${assignments} where id = 'drift-${key}'`,
  shown,
});

export const drifts: readonly Drift[] = [
  change("lets everybody download", "public = not public", "public"),
  change("says nothing of who may download", "public = null", "public"),
  change("lifts the size limit", "file_size_limit = null", "fileSizeLimit"),
  change("allows any type", "allowed_mime_types = null", "allowedMimeTypes"),
  change("allows no type in particular", "allowed_mime_types = '{}'", "allowedMimeTypes"),
  change("allows one type more", "allowed_mime_types = allowed_mime_types || 'text/html'::text", "allowedMimeTypes"),
  change("changes how images are served", "avif_autodetection = not avif_autodetection", "avifAutodetection"),
  change("shows it under another name", "name = 'other ' || name", "shownAs"),
  change("makes it a bucket of another type", "type = 'ANALYTICS'", "type"),
  {
    title: "deletes it",
    sql: (key) =>
      `set storage.allow_delete_query = 'true'; delete from storage.buckets where id = 'drift-${key}'; reset storage.allow_delete_query`,
    shown: "created",
  },
];
