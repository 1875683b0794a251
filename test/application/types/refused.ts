import { joinOrganizationPresence, organizationTopic } from "@/contract/channels";
import { getBrowserClient } from "@/contract/clients/browser";
import { prisma } from "@/contract/clients/prisma";
import { getServerClient } from "@/contract/clients/server";
import { createServiceClient } from "@/contract/clients/service";
import { publicEnv } from "@/contract/env/public";
import { subscribeToCustomers, subscribeToNotifications, subscribeToTasks } from "@/contract/realtime";
import { attachmentsBucket, avatarsBucket } from "@/contract/storage";

// What the compiler must refuse: each line below stops being checked at all once it would be accepted. Nothing here is ever run.

export function misspellRealtime() {
  // @ts-expect-error the filter is projectId, whatever the column is called
  subscribeToTasks({ project_id: "p" }, {});
  // @ts-expect-error customers are picked by their organisation
  subscribeToCustomers({ projectId: "p" }, {});
  // @ts-expect-error a filter has one value
  subscribeToTasks({}, {});
  // @ts-expect-error rows come as the database has them
  subscribeToTasks({ projectId: "p" }, { onInsert: (row) => row.projectId });
  // @ts-expect-error a deleted row is only its key
  subscribeToTasks({ projectId: "p" }, { onDelete: (row) => row.title });
  // @ts-expect-error there is no such type of notification
  subscribeToNotifications({ userId: "u" }, { onInsert: (row) => row.type === "info" });
  // @ts-expect-error a topic is an organisation's
  organizationTopic({ projectId: "p" });
  // @ts-expect-error who is online is told by their userId
  joinOrganizationPresence({ organizationId: "o" }, { me: { name: "Ada" }, onChange: () => undefined });
}

export async function misuseBuckets() {
  const supabase = getBrowserClient();
  const attachment = attachmentsBucket.path({ organizationId: "o" }, "plan.pdf");
  const avatar = avatarsBucket.path({ userId: "u" }, "me.png");
  // @ts-expect-error a private bucket has no public URLs
  attachmentsBucket.publicUrl(supabase, attachment);
  // @ts-expect-error a public bucket needs no signed ones
  await avatarsBucket.signedUrl(supabase, avatar, { expiresIn: 60 });
  // @ts-expect-error a path of another bucket
  await attachmentsBucket.upload(supabase, avatar, new Blob());
  // @ts-expect-error a path that nobody built
  await attachmentsBucket.download(supabase, "o/plan.pdf");
  // @ts-expect-error attachments are an organisation's
  attachmentsBucket.path({ userId: "u" }, "plan.pdf");
  // @ts-expect-error a file has a name
  attachmentsBucket.path({ organizationId: "o" });
}

export async function misspellRows() {
  const supabase = getBrowserClient();
  // @ts-expect-error the table is tasks, whatever the model is called
  await supabase.from("Task").select();
  // @ts-expect-error the column is project_id
  await supabase.from("tasks").insert({ organization_id: "o", projectId: "p", title: "t" });
  // @ts-expect-error the API shows Prisma's record to nobody
  await supabase.from("_prisma_migrations").select();
  // @ts-expect-error users may change whether they have read it, and not what it says
  await supabase.from("notifications").update({ title: "t" });
  const attachment = { organization_id: "o", name: "n", path: "o/n", content_type: "text/plain", size_bytes: 1 };
  await supabase.from("attachments").insert(attachment);
  // @ts-expect-error who uploaded it is the database's to say
  await supabase.from("attachments").insert({ ...attachment, uploaded_by_id: "u" });
  // @ts-expect-error identifiers are the database's to give
  await supabase.from("tasks").insert({ id: "t", organization_id: "o", project_id: "p", title: "t" });
  // @ts-expect-error a row stays with its organisation
  await supabase.from("tasks").update({ organization_id: "o" });
  // @ts-expect-error a notification is the server's to write
  await supabase.from("notifications").insert({ organization_id: "o", title: "t", message: "m" });
  // @ts-expect-error an organisation comes into being on the server
  await supabase.from("organizations").insert({ name: "n", slug: "s" });
  const cookies = { getAll: () => [], set: () => undefined };
  // @ts-expect-error the server's client is still the user's
  await getServerClient(cookies).from("organizations").insert({ name: "n", slug: "s" });
  await createServiceClient().from("organizations").insert({ name: "n", slug: "s" });
  // @ts-expect-error the service role writes whole rows, and of existing columns
  await createServiceClient().from("organizations").insert({ name: "n", slug: "s", size: 1 });
  // @ts-expect-error Prisma's names are the model's
  await prisma.task.findMany({ where: { project_id: "p" } });
  // @ts-expect-error there is no such status
  await prisma.task.updateMany({ data: { status: "FINISHED" } });
  // @ts-expect-error browsers have no such variable
  return publicEnv.SUPABASE_SERVICE_ROLE_KEY;
}
