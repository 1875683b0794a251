import type { Note } from "./kind.ts";

/** Notes of one severity go together: the engine shows each message under the resource's name. */
export function reportNotes(
  notes: readonly Note[],
  report: (severity: Note["severity"], message: string) => void,
): void {
  for (const severity of ["warning", "info"] as const) {
    const messages = notes.filter((note) => note.severity === severity).map((note) => note.message);
    if (messages.length > 0) report(severity, messages.join("\n"));
  }
}
