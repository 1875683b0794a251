import { type Node, parseStatements } from "./parser.ts";
import { readTokens, type Token } from "./tokens.ts";

/** An extension's object that a text uses. */
export interface ExtensionUse {
  readonly extension: string;
  readonly kind: "extension" | "schema" | "type" | "function" | "access method" | "language";
  /** The unqualified name of what has to exist. */
  readonly name: string;
  /** Its name in a sentence: `net.http_post`. */
  readonly written: string;
}

interface Contents {
  readonly schemas?: readonly string[];
  readonly types?: readonly string[];
  readonly functions?: readonly string[];
  readonly accessMethods?: readonly string[];
  readonly languages?: readonly string[];
}

/**
 * The extensions of a hosted project that do not come with PostgreSQL, and the names by which a text's use of them is
 * recognised. Names that often mean something else (`sign`, `verify`, `plan`) are left out.
 * @see https://supabase.com/docs/guides/database/extensions
 */
const hosted: Readonly<Record<string, Contents>> = {
  address_standardizer: { types: ["stdaddr"], functions: ["parse_address", "standardize_address"] },
  address_standardizer_data_us: {},
  http: {
    types: ["http_header", "http_method", "http_request", "http_response"],
    functions: [
      "http",
      "http_get",
      "http_post",
      "http_put",
      "http_patch",
      "http_delete",
      "http_head",
      "http_set_curlopt",
    ],
  },
  hypopg: { functions: ["hypopg_create_index"] },
  index_advisor: { functions: ["index_advisor"] },
  pg_cron: { schemas: ["cron"] },
  pg_graphql: { schemas: ["graphql"] },
  pg_hashids: { functions: ["id_encode", "id_decode", "id_decode_once"] },
  pg_jsonschema: { functions: ["json_matches_schema", "jsonb_matches_schema", "jsonschema_is_valid"] },
  // A webhook from the dashboard is a trigger that calls supabase_functions.http_request(), which the platform creates
  // on top of pg_net.
  pg_net: { schemas: ["net", "supabase_functions"] },
  pg_repack: { schemas: ["repack"] },
  pg_stat_monitor: {},
  pg_tle: { schemas: ["pgtle"] },
  pgaudit: {},
  pgjwt: {},
  pgmq: { schemas: ["pgmq"] },
  pgroonga: { accessMethods: ["pgroonga"] },
  pgroonga_database: {},
  pgrouting: { functions: ["pgr_dijkstra", "pgr_astar", "pgr_createtopology"] },
  pgsodium: { schemas: ["pgsodium"] },
  pgtap: {},
  plcoffee: { languages: ["plcoffee"] },
  plls: { languages: ["plls"] },
  plpgsql_check: { functions: ["plpgsql_check_function", "plpgsql_check_function_tb"] },
  plv8: { languages: ["plv8"] },
  postgis: {
    types: ["geometry", "geography", "box2d", "box3d"],
    functions: ["st_dwithin", "st_distance", "st_makepoint", "st_point", "st_setsrid", "st_x", "st_y", "st_contains"],
  },
  postgis_raster: { types: ["raster"] },
  postgis_sfcgal: {},
  postgis_tiger_geocoder: { schemas: ["tiger"] },
  postgis_topology: { schemas: ["topology"] },
  rum: { accessMethods: ["rum"] },
  supabase_vault: { schemas: ["vault"] },
  timescaledb: { functions: ["create_hypertable", "time_bucket"] },
  vector: { types: ["vector", "halfvec", "sparsevec"], accessMethods: ["hnsw", "ivfflat"] },
  wrappers: {},
};

/** Whether hosted projects have it, and PostgreSQL alone does not. */
export function isHostedOnly(extension: string): boolean {
  return Object.hasOwn(hosted, extension);
}

/** The extension that an object's name belongs to. @param schema undefined: the name is unqualified */
export function extensionUse(
  kind: ExtensionUse["kind"],
  schema: string | undefined,
  name: string,
): ExtensionUse | undefined {
  const written = schema === undefined ? name : `${schema}.${name}`;
  if (kind === "extension") return { extension: name, kind, name, written };
  const ofSchema = schema === undefined ? undefined : extensionWith("schemas", schema);
  if (schema !== undefined && ofSchema !== undefined)
    return { extension: ofSchema, kind: "schema", name: schema, written };
  if (schema !== undefined && !["extensions", "public"].includes(schema)) return undefined;
  const list = lists[kind];
  const extension = list && extensionWith(list, name);
  return extension === undefined ? undefined : { extension, kind, name, written };
}

/** The uses of extensions in a parsed statement, in places that the server resolves when it runs the statement. */
export function extensionUsesOf(statement: Node): readonly ExtensionUse[] {
  const found: ExtensionUse[] = [];
  const add = (kind: ExtensionUse["kind"], names: readonly string[]) => {
    const [name = "", schema] = [...names].reverse();
    const use = extensionUse(kind, schema, name);
    if (use !== undefined) found.push(use);
  };
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) for (const item of value) visit(item);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return;
    const { schemaname, relname } = value as Node;
    if (schemaname !== undefined && relname !== undefined) add("schema", [String(schemaname), String(relname)]);
    for (const [key, inner] of Object.entries(value as Readonly<Record<string, Node>>)) {
      if (key === "CreateExtensionStmt") add("extension", [String(inner.extname)]);
      if (key === "TypeName" || namesType.has(key)) add("type", strings(inner.names));
      if (key === "FuncCall") add("function", strings(inner.funcname));
      if (key === "CreateTrigStmt") add("function", strings(inner.funcname));
      if (key === "IndexStmt") add("access method", [String(inner.accessMethod)]);
      if (key === "CreateFunctionStmt") for (const each of bodyOf(inner, add)) visit(each);
      visit(inner);
    }
  };
  visit(statement);
  return found;
}

/** The calls of extensions in a PL/pgSQL function's body, which the server resolves only when the function runs. */
export function extensionCallsIn(statement: Node): readonly ExtensionUse[] {
  const body = plpgsqlBody(statement);
  if (body === undefined) return [];
  const tokens = tokensOf(body);
  return tokens.flatMap(({ kind, value }, index) => {
    const [schema, dot, , open] = [-2, -1, 0, 1].map((step) => tokens[index + step]);
    if ((kind !== "word" && kind !== "name") || open?.value !== "(") return [];
    const use = extensionUse("function", dot?.value === "." ? schema?.value : undefined, value);
    return use === undefined ? [] : [use];
  });
}

function plpgsqlBody(statement: Node): string | undefined {
  const { options } = (statement.CreateFunctionStmt ?? {}) as Node;
  const language = (optionOf(options, "language")?.String as Node | undefined)?.sval;
  const [text] = strings((optionOf(options, "as")?.List as Node | undefined)?.items);
  return language === "plpgsql" ? text : undefined;
}

function tokensOf(body: string): readonly Token[] {
  try {
    return readTokens(body);
  } catch {
    return [];
  }
}

function optionOf(options: unknown, name: string): Node | undefined {
  const found = ((options ?? []) as { DefElem: Node }[]).find(({ DefElem }) => DefElem.defname === name);
  return found?.DefElem.arg as Node | undefined;
}

/** What a statement creates, by the unqualified names that a stand-in needs to have. */
export function namesMadeBy(statement: Node): readonly string[] {
  const [type = "", value] = Object.entries(statement)[0] ?? [];
  const body = (value ?? {}) as Node;
  const made = makers[type]?.(body);
  return [...(made === undefined ? [] : [String(made)]), ...((body.schemaElts ?? []) as Node[]).flatMap(namesMadeBy)];
}

const makers: Readonly<Record<string, (body: Node) => unknown>> = {
  CreateSchemaStmt: ({ schemaname }) => schemaname,
  CreateDomainStmt: ({ domainname }) => strings(domainname).at(-1),
  CreateEnumStmt: ({ typeName }) => strings(typeName).at(-1),
  DefineStmt: ({ defnames }) => strings(defnames).at(-1),
  CreateFunctionStmt: ({ funcname }) => strings(funcname).at(-1),
  CompositeTypeStmt: ({ typevar }) => (typevar as Node | undefined)?.relname,
  CreateStmt: ({ relation }) => (relation as Node | undefined)?.relname,
};

const lists: Readonly<Partial<Record<ExtensionUse["kind"], keyof Contents>>> = {
  type: "types",
  function: "functions",
  "access method": "accessMethods",
  language: "languages",
};
/** The places where the parser gives a type's name without a node of its own. */
const namesType: ReadonlySet<string> = new Set(["typeName", "argType", "returnType"]);

function extensionWith(list: keyof Contents, name: string): string | undefined {
  return Object.entries(hosted).find(([, contents]) => contents[list]?.includes(name))?.[0];
}

/** The statements of a function's body that the server parses at creation: those of SQL, but not of PL/pgSQL. */
function bodyOf({ options }: Node, add: (kind: "language", names: readonly string[]) => void): readonly Node[] {
  const language = String((optionOf(options, "language")?.String as Node | undefined)?.sval ?? "sql");
  add("language", [language]);
  const [text] = strings((optionOf(options, "as")?.List as Node | undefined)?.items);
  if (language !== "sql" || text === undefined) return [];
  try {
    return parseStatements(text);
  } catch {
    return [];
  }
}

function strings(list: unknown): string[] {
  return (Array.isArray(list) ? (list as Node[]) : []).map((item) => String((item.String as Node | undefined)?.sval));
}
