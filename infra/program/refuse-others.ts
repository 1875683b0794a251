import * as pulumi from "@pulumi/pulumi";
import { isInDatabase, nameOther, scratchOthersVariable } from "../settings/scratch-database.ts";
import { aroundCall } from "./engine-calls.ts";

/**
 * While a program is deployed on a scratch database to be proven, it must not create or change anything outside of
 * databases. This includes resources that it declares only in an update, which no preview has shown. Undocumented: the
 * SDK registers each resource by this call.
 * @see https://github.com/pulumi/pulumi/blob/master/proto/pulumi/resource.proto
 */
export function refuseOthersOnScratch(): void {
  const told = process.env[scratchOthersVariable];
  if (told === undefined) return;
  const known = new Set(JSON.parse(told) as string[]);
  aroundCall<Register>("registerResource", (register) => (request, ...rest) => {
    const [type, name] = [request.getType(), request.getName()];
    const isOther = (request.getCustom() || request.getRemote()) && !isInDatabase(type);
    // Existing resources stay as they are, whatever properties this deployment computes.
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
  /** Whether a plugin creates this component, with resources of its own. */
  getRemote(): boolean;
  setIgnorechangesList(paths: readonly string[]): void;
}
