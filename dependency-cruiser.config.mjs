/**
 * The rooms of infra/, in their order: each stands on those above it and on no other (docs/architecture.md).
 * A file directly in infra/ is the package's entry and may use any of them.
 */
const rooms = [
  "values", // plain values with paths, and how they differ
  "errors",
  "system", // processes and files
  "settings", // Pulumi's YAML and the project's folders, read once
  "loading", // running a program, or the plugin, from one file of JavaScript
  "sql", // names, quoting, the tag, parsing
  "database", // connections, transactions, locks
  "prisma", // schema.prisma
  "catalog", // reading the live database, and asking the server about SQL
  "desired", // what the program of this run declares
  "access", // who reaches what; what a statement does to it
  "lifecycle", // what happens to a resource of any kind: check, read, compare, plan, apply
  "inspection", // what a declaration would break beyond its own object: rights, recursion, shadowed names
  "migrations",
  "program", // what a user's program runs: resources, their order
  "kinds", // one folder a resource kind, and the registry
  "local", // the local database
  "scratch", // a copy of a live database's schema, for a time
  "provider", // gRPC
  "components",
  "policies", // the rules of a policy pack
  "verify", // access proven by trying it: rows made from the schema, people, tries
  "engine", // getting Pulumi's engine, and running it
  "contract",
  "adopt", // a program for a database that is there
  "cli",
  "development", // running the package from its sources, in its own repository alone
];

/** @type {import("dependency-cruiser").IConfiguration} */
export default {
  forbidden: [
    {
      name: "no-circular",
      severity: "error",
      comment: "Types may refer to each other; code may not.",
      from: { path: "^infra/" },
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    {
      name: "no-unknown-room",
      severity: "error",
      comment: "A new room has its place in the list above.",
      from: { path: "^infra/[^/]+/", pathNot: `^infra/(${rooms.join("|")})/` },
      to: {},
    },
    {
      name: "package-stands-alone",
      severity: "error",
      comment: "The package knows nothing of this repository's application and tests.",
      from: { path: "^infra/" },
      to: { path: "^(stacks|policies|test|prisma|sql)/" },
    },
    ...rooms.map((room, index) => ({
      name: `${room}-stands-on-rooms-above`,
      severity: /** @type {const} */ ("error"),
      comment: "Each room uses only rooms above it in the list.",
      from: { path: `^infra/${room}/` },
      to: { path: `^infra/(${rooms.slice(index + 1).join("|") || "$^"})/` },
    })),
    {
      name: "kinds-stand-alone",
      severity: "error",
      comment: "What several kinds need is in a room above, or a member of Kind.",
      from: { path: "^infra/kinds/([^/]+)/" },
      to: { path: "^infra/kinds/[^/]+/", pathNot: "^infra/kinds/$1/" },
    },
    {
      name: "kinds-are-used-from-the-front",
      severity: "error",
      comment: "Of a kind, others use its class, its definition and its arguments; of all kinds, the registry.",
      from: { path: "^infra/", pathNot: "^infra/kinds/[^/]+/" },
      to: { path: "^infra/kinds/[^/]+/", pathNot: "^infra/kinds/[^/]+/(resource|kind|args)\\.ts$" },
    },
    {
      name: "middle-opens-nothing",
      severity: "error",
      comment: "These rooms take values and sessions; files, processes and connections are opened elsewhere.",
      from: { path: "^infra/(values|sql|catalog|desired|access|inspection|kinds|components|policies|verify/rows)/" },
      to: { path: "^(node:)?(fs|child_process|net|tls|https?)(/promises)?$|^node_modules/pg/" },
    },
    {
      name: "rooms-know-no-entry",
      severity: "error",
      comment: "The entry is for programs.",
      from: { path: "^infra/[^/]+/" },
      to: { path: "^infra/[^/]+\\.ts$" },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^infra/(dist/|.*/templates/)" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "default", "types"] },
  },
};
