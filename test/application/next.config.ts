import type { NextConfig } from "next";

const config: NextConfig = {
  // Another lock file further up belongs to another project.
  turbopack: { root: import.meta.dirname },
};

export default config;
