import { PolicyPack } from "@pulumi/policy";
import { accessPolicies } from "pulumi-palisade/policies";

/**
 * `npm run preview -- --policy-pack policies` checks declarations before anything is applied. A violated mandatory rule
 * fails the preview.
 * @see https://www.pulumi.com/docs/iac/crossguard/
 */
new PolicyPack("palisade", { policies: accessPolicies() });
