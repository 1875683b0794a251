const units: Readonly<Record<string, number>> = { b: 1, kb: 1e3, mb: 1e6, gb: 1e9, tb: 1e12 };

/** The number of bytes in `52428800`, `"50MB"` or `"1.5 GB"`. Units are decimal, as on the platform. */
export function parseFileSize(size: number | string): number | Error {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([kmgt]?b)?\s*$/i.exec(String(size));
  const bytes = match ? Math.round(Number(match[1]) * (units[(match[2] ?? "b").toLowerCase()] ?? 1)) : Number.NaN;
  if (!Number.isSafeInteger(bytes) || bytes <= 0)
    return new Error(`"${size}" is no file size; write bytes, or a number with kB, MB or GB, such as 50MB`);
  return bytes;
}
