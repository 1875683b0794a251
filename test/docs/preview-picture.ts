import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { runPulumi } from "../../infra/engine/running/pulumi.ts";
import { projectDirectory } from "../../infra/settings/project-folder.ts";
import { TestStack } from "../support/stack.ts";
import { startTestServer } from "../support/test-server.ts";
import { readScreen, type Span } from "./terminal-screen.ts";

/** What somebody has done by hand. */
const changes = `
  alter policy tasks_select on public.tasks using (true);
  create policy open_all on public.tasks to anon using (true);
  alter table public.customers disable row level security;
  grant select on public.users to anon;
  create or replace function private.current_user_id() returns text language sql stable as $$ select 'test-user-123' $$;
  alter publication supabase_realtime drop table public.notifications;
  update storage.buckets set public = true where id = 'attachments';
  set role postgres;
  create view public.everybody as select * from public.users;
  grant select on public.everybody to anon;
  reset role;
`;
const columns = 150;

/** A real preview, drawn as a terminal shows it. */
export async function drawPreview(): Promise<string> {
  const server = await startTestServer(17);
  const stack = await TestStack.create({ database: await server.createDatabase() });
  const options = { ...stack.options, stack: "dev" };
  const connection = Object.keys(stack.options.environment).at(-1);
  writeFileSync(join(stack.folder, "Pulumi.dev.yaml"), `config:\n  palisade:connection: ${connection}\n`);
  try {
    const { exitCode, stdout, stderr } = await runPulumi(["up", "--yes", "--skip-preview", "--non-interactive"], {
      ...options,
      output: "capture",
    });
    if (exitCode !== 0) throw new Error(stdout + stderr);
    await stack.sql(changes);
    const screen = readScreen(await previewInTerminal(options));
    const lines = screen.map(trimEnd).flatMap(wrap);
    const first = lines.findIndex((line) => textOf(line).startsWith("Previewing update"));
    const last = lines.findLastIndex((line) => textOf(line) !== "");
    const command = [{ text: "$ npm run preview", color: undefined, isBold: false }];
    return draw([command, ...lines.slice(first, last + 1)]);
  } finally {
    await stack.close();
    await server.stop();
  }
}

/** In a terminal, where Pulumi shows the resources as a tree. */
async function previewInTerminal(options: object): Promise<string> {
  const preview = [
    "--import",
    "tsx",
    join(projectDirectory, "test/support/run-pulumi.ts"),
    "preview",
    "--color",
    "always",
  ];
  const command = [process.execPath, ...preview].map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
  const terminal = `stty rows 200 cols ${columns}; ${command}`;
  const child = spawn("script", ["--quiet", "--flush", "--return", "--command", terminal, "/dev/null"], {
    cwd: projectDirectory,
    env: { ...process.env, TERM: "xterm", CI: "", TEST_PULUMI_OPTIONS: JSON.stringify(options) },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (part: string) => {
    output += part;
  });
  const [exitCode] = await once(child, "close");
  if (exitCode !== 0) throw new Error(output);
  return output;
}

function textOf(line: readonly Span[]): string {
  return line.map(({ text }) => text).join("");
}

function trimEnd(line: readonly Span[]): readonly Span[] {
  const last = line.findLastIndex(({ text }) => text.trim() !== "");
  return line.slice(0, last + 1).map((span, index) => (index === last ? { ...span, text: span.text.trimEnd() } : span));
}

/** As a terminal of that width shows a longer line. */
function wrap(line: readonly Span[]): readonly (readonly Span[])[] {
  const rows: Span[][] = [[]];
  let left = columns;
  for (const { text, ...style } of line) {
    for (let rest = [...text]; rest.length > 0; ) {
      if (left === 0) {
        rows.push([]);
        left = columns;
      }
      const part = rest.slice(0, left);
      rows.at(-1)?.push({ ...style, text: part.join("") });
      rest = rest.slice(left);
      left -= part.length;
    }
  }
  return rows;
}

/** The colours that Pulumi uses, by their numbers in a terminal's palette. */
function colorOf(color: number | undefined): string {
  const palette: Readonly<Record<number, string>> = {
    1: "#ff7b72",
    2: "#7ee787",
    3: "#e3b341",
    8: "#8b949e",
    9: "#ff7b72",
    10: "#7ee787",
    11: "#e3b341",
    12: "#79c0ff",
    13: "#d2a8ff",
  };
  return (color !== undefined && palette[color]) || "#c9d1d9";
}

function draw(lines: readonly (readonly Span[])[]): string {
  const [margin, character, height] = [16, 7.83, 17];
  const width = Math.ceil(2 * margin + character * Math.max(...lines.map((line) => [...textOf(line)].length)));
  const tall = lines.length * height + 2 * margin;
  const texts = lines.flatMap((line, index) =>
    line.length === 0
      ? []
      : [`<text x="${margin}" y="${26 + index * height}">${merge(line).map(drawSpan).join("")}</text>`],
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${tall}" width="${width}" height="${tall}" role="img" aria-label="A preview after eight changes made by hand">
<rect width="100%" height="100%" rx="8" fill="#0d1117"/>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="13" xml:space="preserve">
${texts.join("\n")}
</g>
</svg>
`;
}

/** Neighbours that look alike, as one. */
function merge(line: readonly Span[]): readonly Span[] {
  const merged: Span[] = [];
  for (const span of line) {
    const before = merged.at(-1);
    const isAlike = before && colorOf(before.color) === colorOf(span.color) && before.isBold === span.isBold;
    if (isAlike) merged[merged.length - 1] = { ...before, text: before.text + span.text };
    else merged.push(span);
  }
  return merged;
}

function drawSpan({ text, color, isBold }: Span): string {
  const escaped = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  return `<tspan fill="${colorOf(color)}"${isBold ? ' font-weight="bold"' : ""}>${escaped}</tspan>`;
}
