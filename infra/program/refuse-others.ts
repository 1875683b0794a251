import * as pulumi from "@pulumi/pulumi";
import { isInDatabase, nameOther, scratchOthersVariable } from "../settings/scratch-database.ts";
import { aroundCall } from "./engine-calls.ts";

/**
 * While a program is deployed on a scratch database to be proven, it makes and changes nothing that is in no database: not even what it declares
 * only when it is not previewed, which no preview has shown. Undocumented: the SDK registers each resource by this call.
 * @see https://github.com/pulumi/pulumi/blob/master/proto/pulumi/resource.proto
 */
export function refuseOthersOnScratch(): void {
  const told = process.env[scratchOthersVariable];
  if (told === undefined) return;
  const known = new Set(JSON.parse(told) as string[]);
  aroundCall<Register>("registerResource", (register) => (request, ...rest) => {
    const [type, name] = [request.getType(), request.getName()];
    const isOther = (request.getCustom() || request.getRemote()) && !isInDatabase(type);
    // What is there stays as it is, whatever this deployment would make of its properties.
    if (isOther) request.setIgnorechangesList(["*"]);
    if (isOther && !known.has(nameOther(type, name))) {
      const problem = `preview --verify deploys the program on a scratch database, and ${type} ${name}, which no preview has shown, would be made in earnest`;
      const answer = rest.at(-1) as (error: Error) => void;
      void pulumi.log.error(problem).then(() => answer(new Error(problem)));
      return;
    }
    register(request, ...rest);
  });
}

type Register = (request: Registration, ...rest: readonly unknown[]) => void;

interface Registration {
  getType(): string;
  getName(): string;
  getCustom(): boolean;
  /** Whether it is a component that a plugin makes, with resources of its own. */
  getRemote(): boolean;
  setIgnorechangesList(paths: readonly string[]): void;
}
