import type { Note } from "./kind.ts";

/** Reports notes of the same severity as one message: the engine prefixes each message with the resource's name. */
export function reportNotes(
  notes: readonly Note[],
  report: (severity: Note["severity"], message: string) => void,
): void {
  for (const severity of ["warning", "info"] as const) {
    const messages = notes.filter((note) => note.severity === severity).map((note) => note.message);
    if (messages.length > 0) report(severity, messages.join("\n"));
  }
}
