import { defineConfig } from "prisma/config";

/** For Prisma's own command line (`npx prisma studio`, `migrate dev`, `migrate resolve`), which reads the address from DIRECT_URL. */
const url = process.env.DIRECT_URL;

export default defineConfig({
  schema: "prisma/schema.prisma",
  migrations: { path: "prisma/migrations" },
  ...(url === undefined ? {} : { datasource: { url } }),
});
