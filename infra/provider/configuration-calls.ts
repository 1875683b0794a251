import type * as provider from "@pulumi/pulumi/proto/provider_pb.js";
import { differences } from "../values/properties.ts";
import { readConfiguration, unknownSettings } from "./configuration.ts";
import { checkResponse, plain } from "./conversion.ts";
import { providerMessages as messages } from "./protocol.ts";
import { verificationProblems } from "./verification.ts";

/** CheckConfig: returns the stack's settings, or what is wrong with them. */
export function checkConfiguration(request: provider.CheckRequest, projectDirectory: string): provider.CheckResponse {
  const news = plain(request.getNews());
  const { configuration, problems: wrong } = readConfiguration(news);
  const unmet = configuration.verify ? verificationProblems(projectDirectory, request.getUrn()) : [];
  const problems = [...wrong, ...unknownSettings(news, projectDirectory), ...unmet];
  return checkResponse(problems.length > 0 ? problems : news);
}

/**
 * DiffConfig: a changed configuration is an update of the provider, and of no resource. If no difference were reported,
 * the engine would continue to use the provider that it configured from the state for the refresh, and new settings
 * would have no effect.
 */
export function diffConfiguration(request: provider.DiffRequest): provider.DiffResponse {
  const { DiffChanges } = messages.DiffResponse;
  const changed = differences(plain(request.getOldInputs()), plain(request.getNews())).map(
    ({ path: [key = ""] }) => key,
  );
  return new messages.DiffResponse()
    .setChanges(changed.length > 0 ? DiffChanges.DIFF_SOME : DiffChanges.DIFF_NONE)
    .setDiffsList(changed);
}
