import { cookies } from "next/headers";
import { notFound } from "next/navigation";
import { getServerClient } from "@/contract/clients/server";
import { AttachmentUpload } from "./attachment-upload";
import { OnlineNow } from "./online-now";
import { TaskList } from "./task-list";
import { Wave } from "./wave";

export default async function Project({ params }: { readonly params: Promise<{ readonly projectId: string }> }) {
  const { projectId } = await params;
  const supabase = getServerClient(await cookies());
  const { data: claims } = await supabase.auth.getClaims();
  const { data: project } = await supabase
    .from("projects")
    .select("name, organization_id, tasks(*)")
    .eq("id", projectId)
    .single();
  if (!claims || !project) notFound();
  return (
    <main>
      <h1>{project.name}</h1>
      <OnlineNow organizationId={project.organization_id} userId={claims.claims.sub} />
      <Wave organizationId={project.organization_id} userId={claims.claims.sub} />
      <TaskList projectId={projectId} initial={project.tasks} />
      <AttachmentUpload organizationId={project.organization_id} />
    </main>
  );
}
