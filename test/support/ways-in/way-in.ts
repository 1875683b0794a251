/** One way by which somebody opens, by hand or by a migration, what a program declares closed. */
export interface WayIn {
  readonly name: string;
  /** Run by `postgres`, as on a hosted project; by a superuser where only one can. */
  readonly open: string;
  readonly needsSuperuser?: true;
  /** Who gets through, and by what: the request counts when it reaches a row, or has its effect. */
  readonly role: "anon" | "authenticated" | "authenticator";
  readonly request: string;
  /** How the object that lets it through is named. */
  readonly object: string;
  /** Whether no reading of a migration foretells it: there the database is compared once it has run. Default: one does. */
  readonly isNotInScript?: true;
  /** Whether `postgres` can close it again. Default: it can. */
  readonly stays?: true;
}

/** A table that is declared: two rows, row-level security, no grants, nothing to be had. */
export const declaredTables = `
  create table public.tasks (id int primary key, owner_id text, title text);
  insert into public.tasks values (1, 'a', 'one'), (2, 'b', 'two');
  revoke all on public.tasks from anon, authenticated;
  alter table public.tasks enable row level security;
  create table public.events (id int, title text) partition by list (id);
  revoke all on public.events from anon, authenticated;
  alter table public.events enable row level security;
`;
