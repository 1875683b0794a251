import {
  Bucket,
  DatabaseFunction,
  defineTable,
  ExclusivePolicies,
  FileBucket,
  firstFolder,
  Migrations,
  Policy,
  Publication,
  RealtimeChanges,
  RealtimeTopic,
  realtimeMessages,
  Schema,
  sql,
  storageObjects,
  TableAccess,
  TenantTable,
} from "pulumi-palisade";

const migrations = new Migrations("migrations", { directory: "migrations" });
const projects = defineTable("public", "projects", { id: "id", tenantId: "tenant_id", title: "title" }, migrations, {
  key: ["id"],
  computed: ["id"],
  owners: ["tenantId"],
});
const members = defineTable("public", "members", { userId: "user_id", tenantId: "tenant_id" }, migrations);
const tags = defineTable("public", "tags", { id: "id", label: "label", secret: "secret" }, migrations);

const hidden = new Schema("private", {
  name: "private",
  grants: { authenticated: ["usage"], service_role: ["usage"] },
});
const myTenants = new DatabaseFunction(
  "my_tenants",
  {
    definition: `create function private.my_tenants() returns setof text language sql stable security definer set search_path = ''
      as $$ select tenant_id from public.members where user_id = (select auth.jwt() ->> 'sub') $$`,
    execute: ["authenticated"],
  },
  { dependsOn: [hidden, migrations] },
);
const mine = sql`any (array(select ${myTenants}()))`;

new TenantTable("projects", { table: projects, members: sql`${projects.tenantId} = ${mine}` });
new TableAccess("members", {
  table: members,
  grants: { authenticated: ["select"], service_role: "all" },
  policies: {
    own: { command: "select", roles: ["authenticated"], using: sql`${members.userId} = (auth.jwt() ->> 'sub')` },
  },
});
new TableAccess("tags", {
  table: tags,
  forceRowSecurity: true,
  grants: { anon: { select: [tags.id, tags.label] }, service_role: ["select", "insert", "delete with grant option"] },
  policies: {
    labelled: { command: "select", using: sql`${tags.label} <> '' and ${tags.id} in (1, 2, 3)` },
    "no deletes": { as: "restrictive", command: "delete", using: "false" },
  },
});

new Bucket("avatars", { public: true, fileSizeLimit: "5MB", allowedMimeTypes: ["image/png"] });
const readAvatars = new Policy("read avatars", {
  table: storageObjects,
  command: "select",
  roles: ["anon", "authenticated"],
  using: sql`${storageObjects.bucketId} = 'avatars'`,
});
const files = new FileBucket("files", {
  folder: "tenantId",
  fileSizeLimit: "50MB",
  readableBy: sql`${firstFolder} = ${mine}`,
  writableBy: sql`${firstFolder} = ${mine}`,
});
new ExclusivePolicies("storage.objects", { table: storageObjects, policies: [readAvatars, files] });

new RealtimeChanges("supabase_realtime", { filters: [projects.tenantId] });
new Publication(
  "tags",
  {
    name: "tags",
    tables: { "public.tags": { columns: ["id", "label"], where: "id > 0" } },
    publish: ["insert", "update"],
  },
  { dependsOn: migrations },
);
const room = new RealtimeTopic("room", { prefix: "room:", receivableBy: (name) => sql`${name} = ${mine}` });
new ExclusivePolicies("realtime.messages", { table: realtimeMessages, policies: [room] });
