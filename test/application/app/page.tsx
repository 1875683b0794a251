import { cookies } from "next/headers";
import Link from "next/link";
import { getServerClient } from "@/contract/clients/server";
import { UnreadNotifications } from "./unread-notifications";

/** The projects and notifications of whoever is signed in: policies choose them, and the query names nobody. */
export default async function Home() {
  const supabase = getServerClient(await cookies());
  const { data: claims } = await supabase.auth.getClaims();
  const { data: projects } = await supabase.from("projects").select("id, name, customers(name)").order("name");
  const { data: notifications } = await supabase.from("notifications").select().eq("read", false);
  return (
    <main>
      <ul>
        {(projects ?? []).map(({ id, name, customers }) => (
          <li key={id}>
            <Link href={`/projects/${id}`}>{name}</Link> {customers?.name}
          </li>
        ))}
      </ul>
      {claims && <UnreadNotifications userId={claims.claims.sub} initial={notifications ?? []} />}
    </main>
  );
}
