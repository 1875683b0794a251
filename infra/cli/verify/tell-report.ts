import { existsSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { InputError } from "../../errors/errors.ts";
import { localFiles } from "../../settings/local-files.mjs";
import { compareAccepted, readAccepted, writeAccepted } from "../../verify/accepted.ts";
import { formatBrief, formatReport } from "../../verify/format.ts";
import { formatHtml } from "../../verify/html/page.ts";
import { formatJunit } from "../../verify/junit.ts";
import { type Report, unprovenIn } from "../../verify/report.ts";
import { acceptedFileIn } from "./verification-file.ts";

/** The file with the rows that a failure's statement refers to, relative to the project's folder. */
export const rowsFile = localFiles("").verificationRows;

export interface Telling {
  /** Whose database was tried. */
  readonly stack: string;
  /** Whether to accept the findings from now on. */
  readonly accept?: boolean;
  readonly brief?: boolean;
  readonly json?: boolean;
  readonly html?: string | undefined;
  readonly junit?: string | undefined;
  /** Receives the result. Default: standard output. */
  readonly print?: (text: string) => void;
}

/**
 * Compares a report with the accepted findings, and prints it.
 * @returns whether everything declared is proven and there are no other differences
 */
export function tellReport(report: Report, directory: string, options: Telling): boolean {
  const { stack, accept, brief, json, html, junit, print = console.log } = options;
  if (report.rows !== undefined) {
    mkdirSync(join(directory, dirname(rowsFile)), { recursive: true });
    writeFileSync(join(directory, rowsFile), report.rows);
  }
  const acceptedFile = acceptedFileIn(directory);
  if (accept) writeAccepted(acceptedFile, report.found);
  const accepted = readAccepted(acceptedFile);
  const differences = accepted === undefined ? [] : compareAccepted(accepted, report.found);
  const format = brief ? formatBrief : formatReport;
  print(
    json ? JSON.stringify({ ...report, differences }, undefined, 2) : format(report, accepted && differences, stack),
  );
  const [junitFile, htmlFile] = [outputFile(junit, directory), outputFile(html, directory)];
  if (junitFile !== undefined) writeFileSync(junitFile, formatJunit(report, differences));
  if (htmlFile !== undefined) writeFileSync(htmlFile, formatHtml(report, differences));
  return report.failures.length + differences.length + unprovenIn(report).length === 0;
}

export function outputFile(file: string | undefined, directory: string): string | undefined {
  return file === undefined ? undefined : resolve(process.env.INIT_CWD ?? directory, file);
}

/** @throws {InputError} if a result could not be written there, before anything is tried */
export function refuseOutput(option: string, file: string | undefined): void {
  if (file === undefined) return;
  if (!existsSync(dirname(file))) throw new InputError(`${option}: there is no folder ${dirname(file)}; make it first`);
  if (existsSync(file) && statSync(file).isDirectory()) {
    throw new InputError(`${option}: ${file} is a folder; name a file in it`);
  }
}
