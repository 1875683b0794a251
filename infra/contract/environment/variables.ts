/** The check of a variable's value, by its name in `checks.ts` or `server-checks.ts`. */
export type VariableCheck =
  | "webUrl"
  | "postgresUrl"
  | "directPostgresUrl"
  | "publishableKey"
  | "secretKey"
  | { readonly oneOf: readonly [string, ...string[]] }
  | { readonly minimumLength: number };

/** An environment variable of the application. One whose name starts with `NEXT_PUBLIC_` is visible to browsers. */
export interface Variable {
  readonly check: VariableCheck;
  /** Default: false. */
  readonly optional?: boolean;
  /** One or two sentences: what it is, and where its value comes from. */
  readonly advice: string;
}

export type Variables = Readonly<Record<string, Variable>>;

/** The variables of every application on a Supabase project. */
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
