// Generated from prisma/schema.prisma. Do not edit: change the schema, then run `palisade generate`.
import { defineTable } from "pulumi-palisade";

/**
 * The tables of prisma/schema.prisma, with their columns.
 * @param source the resource that creates them; whatever mentions one of them then depends on it
 * @example
 * const app = applicationTables(migrations);
 * sql`${app.tasks.organizationId} = 'red'`
 */
export function applicationTables(source?: unknown) {
  return {
    users: defineTable(
      "public",
      "users",
      {
        id: "id",
        email: "email",
        name: "name",
        avatarPath: "avatar_path",
        createdAt: "created_at",
        updatedAt: "updated_at",
      },
      source,
      { key: ["id"], computed: ["id", "email", "createdAt", "updatedAt"], owners: [] },
    ),
    organizations: defineTable(
      "public",
      "organizations",
      {
        id: "id",
        name: "name",
        slug: "slug",
        createdAt: "created_at",
        updatedAt: "updated_at",
      },
      source,
      { key: ["id"], computed: ["id", "createdAt", "updatedAt"], owners: [] },
    ),
    organizationMembers: defineTable(
      "public",
      "organization_members",
      {
        userId: "user_id",
        organizationId: "organization_id",
        role: "role",
        createdAt: "created_at",
        updatedAt: "updated_at",
      },
      source,
      {
        key: ["userId", "organizationId"],
        computed: ["userId", "createdAt", "updatedAt"],
        owners: ["userId", "organizationId"],
      },
    ),
    organizationInvitations: defineTable(
      "public",
      "organization_invitations",
      {
        id: "id",
        organizationId: "organization_id",
        email: "email",
        role: "role",
        invitedById: "invited_by_id",
        createdAt: "created_at",
        expiresAt: "expires_at",
      },
      source,
      { key: ["id"], computed: ["id", "invitedById", "createdAt", "expiresAt"], owners: ["organizationId"] },
    ),
    customers: defineTable(
      "public",
      "customers",
      {
        id: "id",
        organizationId: "organization_id",
        name: "name",
        email: "email",
        phone: "phone",
        company: "company",
        notes: "notes",
        createdAt: "created_at",
        updatedAt: "updated_at",
      },
      source,
      { key: ["id"], computed: ["id", "createdAt", "updatedAt"], owners: ["organizationId"] },
    ),
    projects: defineTable(
      "public",
      "projects",
      {
        id: "id",
        organizationId: "organization_id",
        customerId: "customer_id",
        name: "name",
        description: "description",
        status: "status",
        dueAt: "due_at",
        createdAt: "created_at",
        updatedAt: "updated_at",
      },
      source,
      { key: ["id"], computed: ["id", "createdAt", "updatedAt"], owners: ["organizationId"] },
    ),
    tasks: defineTable(
      "public",
      "tasks",
      {
        id: "id",
        organizationId: "organization_id",
        projectId: "project_id",
        assigneeId: "assignee_id",
        title: "title",
        description: "description",
        status: "status",
        priority: "priority",
        dueAt: "due_at",
        createdAt: "created_at",
        updatedAt: "updated_at",
      },
      source,
      { key: ["id"], computed: ["id", "createdAt", "updatedAt"], owners: ["organizationId", "projectId"] },
    ),
    attachments: defineTable(
      "public",
      "attachments",
      {
        id: "id",
        organizationId: "organization_id",
        taskId: "task_id",
        uploadedById: "uploaded_by_id",
        name: "name",
        path: "path",
        contentType: "content_type",
        sizeBytes: "size_bytes",
        createdAt: "created_at",
        updatedAt: "updated_at",
      },
      source,
      { key: ["id"], computed: ["id", "uploadedById", "createdAt", "updatedAt"], owners: ["organizationId"] },
    ),
    aiConversations: defineTable(
      "public",
      "ai_conversations",
      {
        id: "id",
        organizationId: "organization_id",
        userId: "user_id",
        title: "title",
        model: "model",
        messages: "messages",
        createdAt: "created_at",
        updatedAt: "updated_at",
      },
      source,
      { key: ["id"], computed: ["id", "userId", "createdAt", "updatedAt"], owners: ["organizationId", "userId"] },
    ),
    notifications: defineTable(
      "public",
      "notifications",
      {
        id: "id",
        organizationId: "organization_id",
        userId: "user_id",
        type: "type",
        title: "title",
        message: "message",
        read: "read",
        createdAt: "created_at",
        updatedAt: "updated_at",
      },
      source,
      { key: ["id"], computed: ["id", "createdAt", "updatedAt"], owners: ["organizationId", "userId"] },
    ),
  };
}
