import * as pulumi from "@pulumi/pulumi";
import {
  Bucket,
  type BucketArgs,
  DatabaseFunction,
  type DatabaseFunctionArgs,
  Perimeter,
  type PerimeterArgs,
  Publication,
  type PublicationArgs,
  TableAccess,
  type TableAccessArgs,
} from "../../infra/index.ts";
import { declareWorkload } from "./workload.ts";

/** The Pulumi program under measurement; the same for our provider and for the one that does nothing. */
const config = new pulumi.Config("bench");
const resources = new Map<string, pulumi.Resource>();

for (const { kind, name, inputs, uses } of declareWorkload(config.requireObject("size"))) {
  const dependency = uses === undefined ? undefined : resources.get(uses);
  const options = dependency === undefined ? {} : { dependsOn: [dependency] };
  resources.set(name, create(kind, name, inputs, options));
}

function create(kind: string, name: string, inputs: unknown, options: pulumi.CustomResourceOptions): pulumi.Resource {
  switch (kind) {
    case "Function":
      return new DatabaseFunction(name, inputs as DatabaseFunctionArgs, options);
    case "TableAccess":
      return new TableAccess(name, inputs as TableAccessArgs, options);
    case "Publication":
      return new Publication(name, inputs as PublicationArgs, options);
    case "Perimeter":
      return new Perimeter(name, inputs as PerimeterArgs, options);
    default:
      return new Bucket(name, inputs as BucketArgs, options);
  }
}
