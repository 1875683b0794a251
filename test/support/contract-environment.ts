type Environment = Readonly<Record<string, string>>;

export const secretKey = "sb_secret_AbCdEfGhIjKlMnOpQrStUv_WxYz0123";
export const publishableKey = "sb_publishable_AbCdEfGhIjKlMnOpQrStUv_WxYz0123";
export const anonToken = tokenFor({ iss: "supabase", role: "anon" });
export const serviceToken = tokenFor({ iss: "supabase", role: "service_role" });

/** Everything an application needs, and nothing optional. */
export const completeEnvironment: Environment = {
  DATABASE_URL: "postgresql://postgres.ref:p%40ss@aws-0.pooler.supabase.com:6543/postgres",
  DIRECT_URL: "postgres://postgres:p%40ss@db.ref.supabase.co:5432/postgres",
  NEXT_PUBLIC_SUPABASE_URL: "https://ref.supabase.co",
  NEXT_PUBLIC_SUPABASE_ANON_KEY: publishableKey,
  SUPABASE_SERVICE_ROLE_KEY: secretKey,
  NEXT_PUBLIC_APP_URL: "http://localhost:3000",
  NODE_ENV: "production",
};

/** Each: a variable, a value it must not have, and what is said of it. */
export const wrongValues: readonly (readonly [name: string, value: string, problem: RegExp])[] = [
  ["DATABASE_URL", "mysql://root:x@localhost/db", /does not begin with postgresql:\/\//],
  ["DATABASE_URL", "localhost:5432", /does not begin with postgresql:\/\//],
  [
    "DATABASE_URL",
    "postgresql://postgres:[YOUR-PASSWORD]@db.ref.supabase.co:5432/postgres",
    /still says \[YOUR-PASSWORD\]/,
  ],
  ["DIRECT_URL", "postgresql://postgres:x@aws-0.pooler.supabase.com:6543/postgres", /transaction mode \(port 6543\)/],
  ["DIRECT_URL", "postgresql:///postgres", /names no host/],
  ["NEXT_PUBLIC_SUPABASE_URL", "ref.supabase.co", /is no URL/],
  ["NEXT_PUBLIC_SUPABASE_URL", "ftp://ref.supabase.co", /does not begin with https:\/\//],
  ["NEXT_PUBLIC_SUPABASE_ANON_KEY", secretKey, /is a secret key, and a browser must never get it/],
  ["NEXT_PUBLIC_SUPABASE_ANON_KEY", serviceToken, /is a secret key, and a browser must never get it/],
  ["NEXT_PUBLIC_SUPABASE_ANON_KEY", "x".repeat(64), /is no publishable key/],
  ["NEXT_PUBLIC_SUPABASE_ANON_KEY", "sb_publishable_short", /is too short for a key/],
  ["NEXT_PUBLIC_SUPABASE_ANON_KEY", `${publishableKey}\n`, /white space/],
  ["NEXT_PUBLIC_SUPABASE_ANON_KEY", tokenFor({ role: "authenticated" }), /is no publishable key/],
  ["NEXT_PUBLIC_SUPABASE_ANON_KEY", "not.base64!.token-token-token-token", /is no publishable key/],
  ["SUPABASE_SERVICE_ROLE_KEY", publishableKey, /is the publishable key, which policies hold back/],
  ["SUPABASE_SERVICE_ROLE_KEY", anonToken, /is the publishable key, which policies hold back/],
  ["SUPABASE_SERVICE_ROLE_KEY", "x".repeat(64), /is no secret key/],
  ["SUPABASE_SERVICE_ROLE_KEY", "sb_secret_short", /is too short for a key/],
  ["NEXT_PUBLIC_APP_URL", "projects", /is no URL/],
  ["NODE_ENV", "staging", /must be one of development, production, test/],
  ["GROQ_API_KEY", "gsk_short", /has 9 characters; at least 10 are expected/],
  ["OPENAI_API_KEY", "sk-short", /has 8 characters; at least 10 are expected/],
];

function tokenFor(claims: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part({ alg: "HS256", typ: "JWT" })}.${part(claims)}.${"s".repeat(43)}`;
}
