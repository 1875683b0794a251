import path from "node:path";

/** The folder with Pulumi.yaml: this one, or the nearest one above it. */
export function findProjectDirectory(from: string, exists: (file: string) => boolean): string {
  for (let directory = path.resolve(from); ; directory = path.dirname(directory)) {
    if (["Pulumi.yaml", "Pulumi.yml"].some((name) => exists(path.join(directory, name)))) return directory;
    if (directory === path.dirname(directory)) return path.resolve(from);
  }
}
