import next from "@next/eslint-plugin-next";
import reactHooks from "eslint-plugin-react-hooks";
import typescript from "typescript-eslint";

const config = [
  { ignores: [".*/**", "next-env.d.ts", "contract/prisma/generated/**"] },
  ...typescript.configs.strict,
  reactHooks.configs.flat["recommended-latest"],
  next.configs["core-web-vitals"],
];

export default config;
