import { PolicyPack } from "@pulumi/policy";
import { accessPolicies } from "pulumi-palisade/policies";

/**
 * `npm run preview -- --policy-pack policies` judges what is declared before anything is applied; a violated mandatory rule fails it.
 * @see https://www.pulumi.com/docs/iac/crossguard/
 */
new PolicyPack("palisade", { policies: accessPolicies() });
