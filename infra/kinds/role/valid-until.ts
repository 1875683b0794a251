/** Undefined: the time is invalid, or depends on the server's settings. */
export function normaliseTime(text: string): string | undefined {
  if (!/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d))?$/.test(text)) return undefined;
  const [day, time] = [new Date(text.slice(0, 10)), new Date(text)];
  if (Number.isNaN(day.getTime()) || Number.isNaN(time.getTime())) return undefined;
  // JavaScript reads 30 February as a day in March.
  return text.startsWith(day.toISOString().slice(0, 10)) ? time.toISOString() : undefined;
}
