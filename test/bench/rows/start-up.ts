import type { Bench } from "../bench.ts";
import { BenchProject, type Cost } from "../project.ts";
import type { Row } from "../report.ts";
import { compareCosts, inTurn } from "./cost-ratio.ts";

/** What a preview of the sample costs beyond what Pulumi itself does for a program of one resource, on the same provider. */
export async function measureStartUp(bench: Bench): Promise<Row[]> {
  const make = async (isEmpty: boolean) => {
    const { url } = await bench.server.createDatabase();
    return await BenchProject.create({ carrier: { provider: "palisade", connectionString: url }, isEmpty });
  };
  const projects = { nothing: await make(true), ours: await make(false) };
  const costs: Record<keyof typeof projects, Cost[]> = { nothing: [], ours: [] };
  try {
    for (const [name, project] of inTurn(projects, 1)) {
      bench.progress(`up, for the previews: ${name}`);
      await project.up();
      // The first one keeps what it has compiled.
      await project.preview();
    }
    for (let round = 1; round <= bench.options.previews; round++) {
      for (const [name, project] of inTurn(projects, round)) {
        bench.progress(`preview of the sample ${round} of ${bench.options.previews}: ${name}`);
        costs[name].push(await project.preview());
      }
    }
  } finally {
    for (const project of Object.values(projects)) project.remove();
  }
  const baseline = "a program of one resource, in plain JavaScript, on the same provider";
  return [compareCosts("Preview without changes of the sample stack", 1.25, costs, baseline)];
}
