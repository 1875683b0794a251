import { writeFileSync } from "node:fs";
import { describeMachine, type Machine } from "./machine.ts";
import type { Sample } from "./statistics.ts";

/** A row of design.md's table, measured. */
export interface Row {
  readonly title: string;
  /** Absent: a figure without a limit of its own, shown because another one needs it to be understood. */
  readonly limit?: number;
  readonly value: Sample;
  readonly unit: "×" | "ms" | "s" | "MB" | "kB" | "packages" | "round trips" | "waits" | "deadlocks";
  /** What it was made of. */
  readonly detail: string;
}

export function formatRow(row: Row): string {
  return `${verdict(row).padEnd(5)}${row.title}: ${format(row.value, row.unit)}${limitText(row)}\n     ${row.detail}`;
}

/** The same figures always give the same file, so that a difference in it is a difference in them. */
export function writeReport(path: string, rows: readonly Row[], machine: Machine, command: string): void {
  writeFileSync(
    path,
    `# Benchmarks

Written by \`${command}\`; do not edit. What is measured how is told in [test/bench/README.md](../test/bench/README.md).

${describeMachine(machine)}

| | at most | measured | |
|---|---|---|---|
${rows.map((row) => `| ${row.title} | ${row.limit === undefined ? "" : formatNumber(row.limit, row.unit)} | ${format(row.value, row.unit)} | ${verdict(row)} |`).join("\n")}

${rows.map((row) => `**${row.title}.** ${row.detail}`).join("\n\n")}
`,
  );
}

export function isOver({ limit, value }: Row): boolean {
  return limit !== undefined && value.median > limit;
}

/** Milliseconds as a person reads them: `340 ms`, `5.2 s`. */
export function formatTime({ median, lowest, highest }: Sample): string {
  const inSeconds = median >= 2000;
  const show = (value: number) =>
    inSeconds ? (value / 1000).toFixed(1) : value < 10 ? value.toFixed(2) : value.toFixed(0);
  return `${show(median)} ${inSeconds ? "s" : "ms"} (${show(lowest)} to ${show(highest)})`;
}

export function formatRatio({ median, lowest, highest }: Sample): string {
  return `${median.toFixed(2)} × (${lowest.toFixed(2)} to ${highest.toFixed(2)})`;
}

function format(value: Sample, unit: Row["unit"]): string {
  if (unit === "×") return formatRatio(value);
  const spread = value.lowest === value.highest ? "" : ` (${value.lowest.toFixed(0)} to ${value.highest.toFixed(0)})`;
  return `${formatNumber(value.median, unit)}${spread}`;
}

function formatNumber(value: number, unit: Row["unit"]): string {
  return unit === "×" ? `${value.toFixed(2)} ×` : `${value.toFixed(unit === "s" ? 1 : 0)} ${unit}`;
}

function limitText({ limit, unit }: Row): string {
  return limit === undefined ? "" : `, at most ${formatNumber(limit, unit)}`;
}

function verdict(row: Row): string {
  return row.limit === undefined ? "" : isOver(row) ? "over" : "ok";
}
