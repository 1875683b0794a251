import { PolicyPack } from "@pulumi/policy";
import { loadParser } from "../infra/sql/parser.ts";
import { rules } from "./rules.ts";

await loadParser();

/**
 * `npm run preview -- --policy-pack policies` judges what is declared before anything is applied; a violated mandatory rule fails it.
 * @see https://www.pulumi.com/docs/iac/crossguard/
 */
new PolicyPack("palisade", {
  policies: rules.map(({ name, description, enforcementLevel, judge }) => ({
    name,
    description,
    enforcementLevel,
    validateResource({ type, props }, report) {
      const [, , kind = ""] = type.split(":");
      if (type.startsWith("palisade:index:")) for (const message of judge(kind, props)) report(message);
    },
  })),
});
