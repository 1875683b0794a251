/**
 * What the value of a variable must be. The application checks it when it starts; its errors name the variable and never repeat the value.
 *
 * - `webUrl`: a URL that begins with `https://` or `http://`.
 * - `postgresUrl`: a connection string, `postgresql://…`.
 * - `directPostgresUrl`: the same, but not of a pooler's transaction mode (port 6543), in which migrations can't run.
 * - `publishableKey`: a Supabase key for browsers, `sb_publishable_…` or a token with the role `anon`. A secret key is refused.
 * - `secretKey`: a Supabase key for servers, `sb_secret_…` or a token with the role `service_role`. A publishable key is refused.
 * - `oneOf`: one of these texts.
 * - `minimumLength`: a text of at least so many characters.
 * @see https://supabase.com/docs/guides/api/api-keys
 * @example
 * const check: VariableCheck = { minimumLength: 10 };
 */
export type VariableCheck =
  | "webUrl"
  | "postgresUrl"
  | "directPostgresUrl"
  | "publishableKey"
  | "secretKey"
  | { readonly oneOf: readonly [string, ...string[]] }
  | { readonly minimumLength: number };

/**
 * An environment variable of the application. One whose name starts with `NEXT_PUBLIC_` is visible to browsers.
 * @see https://nextjs.org/docs/app/guides/environment-variables
 * @example
 * const key: Variable = {
 *   check: { minimumLength: 10 },
 *   optional: true,
 *   advice: "Without it the assistant does not use OpenAI. Leave it out, or take a key from OpenAI's dashboard.",
 * };
 */
export interface Variable {
  readonly check: VariableCheck;
  /** Default: false. */
  readonly optional?: boolean;
  /** One or two sentences: what it is, and where its value comes from. */
  readonly advice: string;
}

/**
 * The environment variables of an application, by name. Export them as `environment` from `environment.ts`, next to the stack's program:
 * `palisade contract` writes the code that checks them. What you export is added to `platformVariables`; an entry with the same name
 * replaces one of those. Default: `platformVariables` alone.
 * @example
 * export const environment: Variables = {
 *   ...platformVariables,
 *   GROQ_API_KEY: { check: { minimumLength: 10 }, optional: true, advice: "Take a key from Groq's console." },
 * };
 */
export type Variables = Readonly<Record<string, Variable>>;

/**
 * The variables of every application on a Supabase project: the two connection strings, the project's address and its two keys, the
 * application's own address, and Node.js's environment. The contract checks them even if you don't list them.
 * @see https://supabase.com/docs/guides/api/api-keys
 * @example
 * export const environment: Variables = {
 *   ...platformVariables,
 *   DIRECT_URL: { ...platformVariables.DIRECT_URL, optional: true },
 * };
 */
export const platformVariables = {
  DATABASE_URL: {
    check: "postgresUrl",
    advice: "It is the connection string of the server's queries: in the project's dashboard, under Connect.",
  },
  DIRECT_URL: {
    check: "directPostgresUrl",
    advice:
      "It is the connection string of migrations: in the project's dashboard, under Connect, direct or session mode.",
  },
  NEXT_PUBLIC_SUPABASE_URL: {
    check: "webUrl",
    advice: "It is the project's address: in its dashboard, under Connect.",
  },
  NEXT_PUBLIC_SUPABASE_ANON_KEY: {
    check: "publishableKey",
    advice: "It is the publishable key (sb_publishable_…): in the project's dashboard, under Settings, API keys.",
  },
  SUPABASE_SERVICE_ROLE_KEY: {
    check: "secretKey",
    advice: "It is a secret key (sb_secret_…): in the project's dashboard, under Settings, API keys.",
  },
  NEXT_PUBLIC_APP_URL: {
    check: "webUrl",
    advice: "It is the address at which people open the application, such as http://localhost:3000.",
  },
  NODE_ENV: {
    check: { oneOf: ["development", "production", "test"] },
    advice: "Next.js sets it; elsewhere set it to development, production or test.",
  },
} as const satisfies Variables;

export function isPublic(name: string): boolean {
  return name.startsWith("NEXT_PUBLIC_");
}
