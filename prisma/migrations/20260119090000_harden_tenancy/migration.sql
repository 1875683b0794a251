-- What users can no longer say of themselves, and what the rows of one organisation must say together.
--
-- Rows of before that break a new rule are put right here where only one answer is possible. Where there are several (which folder a file is
-- in, how large it is), they stay as they are; the rule holds for new rows, and for changes of the old ones. ALTER TABLE … VALIDATE CONSTRAINT
-- finds out whether there are any, and makes it hold for all.

-- An address is compared in lower case. An empty one is none. Whose it is alone is for the auth server to see to.
DROP INDEX "users_email_key";
ALTER TABLE "users" ALTER COLUMN "email" DROP NOT NULL;
UPDATE "users" SET "email" = NULLIF(lower(btrim("email")), '') WHERE "email" IS DISTINCT FROM lower(btrim("email")) OR "email" = '';

-- Who is no member of the organisation is responsible for nothing in it.
UPDATE "tasks" SET "assignee_id" = NULL WHERE "assignee_id" IS NOT NULL AND NOT EXISTS (
    SELECT FROM "organization_members" AS member
    WHERE member."user_id" = "tasks"."assignee_id" AND member."organization_id" = "tasks"."organization_id"
);
UPDATE "attachments" SET "uploaded_by_id" = NULL WHERE "uploaded_by_id" IS NOT NULL AND NOT EXISTS (
    SELECT FROM "organization_members" AS member
    WHERE member."user_id" = "attachments"."uploaded_by_id" AND member."organization_id" = "attachments"."organization_id"
);

-- Identifiers, addresses and times come from the token and the clock. Expressions rather than functions: a migration runs before any
-- function of the program is made. The order is auth.uid()'s.
ALTER TABLE "users"
    ALTER COLUMN "id" SET DEFAULT COALESCE(NULLIF(current_setting('request.jwt.claim.sub', true), ''), NULLIF(NULLIF(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub', '')),
    ALTER COLUMN "email" SET DEFAULT lower(NULLIF(btrim(COALESCE(NULLIF(current_setting('request.jwt.claim.email', true), ''), NULLIF(current_setting('request.jwt.claims', true), '')::jsonb ->> 'email')), '')),
    ADD CONSTRAINT "users_email_check" CHECK ("email" <> '' AND "email" = lower("email")),
    ALTER COLUMN "created_at" SET DEFAULT transaction_timestamp(),
    ALTER COLUMN "updated_at" SET DEFAULT transaction_timestamp();
CREATE INDEX "users_email_idx" ON "users"("email");
ALTER TABLE "organizations"
    ALTER COLUMN "created_at" SET DEFAULT transaction_timestamp(),
    ALTER COLUMN "updated_at" SET DEFAULT transaction_timestamp();
ALTER TABLE "organization_members"
    ALTER COLUMN "user_id" SET DEFAULT COALESCE(NULLIF(current_setting('request.jwt.claim.sub', true), ''), NULLIF(NULLIF(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub', '')),
    ALTER COLUMN "created_at" SET DEFAULT transaction_timestamp(),
    ALTER COLUMN "updated_at" SET DEFAULT transaction_timestamp();
ALTER TABLE "customers"
    ALTER COLUMN "created_at" SET DEFAULT transaction_timestamp(),
    ALTER COLUMN "updated_at" SET DEFAULT transaction_timestamp();
ALTER TABLE "projects"
    ALTER COLUMN "created_at" SET DEFAULT transaction_timestamp(),
    ALTER COLUMN "updated_at" SET DEFAULT transaction_timestamp();
ALTER TABLE "tasks"
    ALTER COLUMN "created_at" SET DEFAULT transaction_timestamp(),
    ALTER COLUMN "updated_at" SET DEFAULT transaction_timestamp();
ALTER TABLE "attachments"
    ALTER COLUMN "uploaded_by_id" SET DEFAULT COALESCE(NULLIF(current_setting('request.jwt.claim.sub', true), ''), NULLIF(NULLIF(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub', '')),
    ALTER COLUMN "created_at" SET DEFAULT transaction_timestamp(),
    ALTER COLUMN "updated_at" SET DEFAULT transaction_timestamp();
ALTER TABLE "ai_conversations"
    ALTER COLUMN "user_id" SET DEFAULT COALESCE(NULLIF(current_setting('request.jwt.claim.sub', true), ''), NULLIF(NULLIF(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub', '')),
    ALTER COLUMN "created_at" SET DEFAULT transaction_timestamp(),
    ALTER COLUMN "updated_at" SET DEFAULT transaction_timestamp();
ALTER TABLE "notifications"
    ALTER COLUMN "created_at" SET DEFAULT transaction_timestamp(),
    ALTER COLUMN "updated_at" SET DEFAULT transaction_timestamp();

-- Somebody responsible is a member of the same organisation, and nobody once they have left.
ALTER TABLE "tasks"
    DROP CONSTRAINT "tasks_assignee_id_fkey",
    ADD CONSTRAINT "tasks_assignee_id_organization_id_fkey" FOREIGN KEY ("assignee_id", "organization_id")
        REFERENCES "organization_members"("user_id", "organization_id") ON DELETE SET NULL ("assignee_id") ON UPDATE CASCADE;
ALTER TABLE "attachments"
    DROP CONSTRAINT "attachments_uploaded_by_id_fkey",
    ADD CONSTRAINT "attachments_uploaded_by_id_organization_id_fkey" FOREIGN KEY ("uploaded_by_id", "organization_id")
        REFERENCES "organization_members"("user_id", "organization_id") ON DELETE SET NULL ("uploaded_by_id") ON UPDATE CASCADE;

-- A path begins with its owner's folder, and none of its parts is empty, "." or "..".
ALTER TABLE "attachments"
    ADD CONSTRAINT "attachments_path_check" CHECK (starts_with("path", "organization_id" || '/') AND "path" !~ '(^|/)\.{0,2}(/|$)') NOT VALID,
    ADD CONSTRAINT "attachments_size_bytes_check" CHECK ("size_bytes" >= 0) NOT VALID;
ALTER TABLE "users"
    ADD CONSTRAINT "users_avatar_path_check" CHECK (starts_with("avatar_path", "id" || '/') AND "avatar_path" !~ '(^|/)\.{0,2}(/|$)') NOT VALID;

-- Membership by consent.
CREATE TABLE "organization_invitations" (
    "id" TEXT NOT NULL DEFAULT (gen_random_uuid())::text,
    "organization_id" TEXT NOT NULL,
    "email" TEXT NOT NULL,
    "role" "organization_role" NOT NULL DEFAULT 'MEMBER',
    "invited_by_id" TEXT DEFAULT COALESCE(NULLIF(current_setting('request.jwt.claim.sub', true), ''), NULLIF(NULLIF(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub', '')),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT transaction_timestamp(),

    CONSTRAINT "organization_invitations_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "organization_invitations_email_check" CHECK ("email" = lower("email") AND "email" ~ '[^[:space:]]@[^[:space:]]')
);
CREATE UNIQUE INDEX "organization_invitations_organization_id_email_key" ON "organization_invitations"("organization_id", "email");
CREATE INDEX "organization_invitations_email_idx" ON "organization_invitations"("email");
CREATE INDEX "organization_invitations_invited_by_id_idx" ON "organization_invitations"("invited_by_id");
ALTER TABLE "organization_invitations" ADD CONSTRAINT "organization_invitations_organization_id_fkey"
    FOREIGN KEY ("organization_id") REFERENCES "organizations"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "organization_invitations" ADD CONSTRAINT "organization_invitations_invited_by_id_organization_id_fkey"
    FOREIGN KEY ("invited_by_id", "organization_id") REFERENCES "organization_members"("user_id", "organization_id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Trigger functions. In a schema that nobody but its owner may use, and no API exposes.
CREATE SCHEMA IF NOT EXISTS "integrity";

-- When a row last changed is not for the one who changes it to say.
CREATE OR REPLACE FUNCTION "integrity"."set_updated_at"() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.updated_at := transaction_timestamp();
    RETURN NEW;
END
$$;

CREATE OR REPLACE FUNCTION "integrity"."normalize_email"() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.email := nullif(lower(btrim(NEW.email)), '');
    RETURN NEW;
END
$$;

-- An organisation that exists has an owner. Two owners who leave at the same time wait for each other at the organisation's row. It is
-- updated, where a lock would do under READ COMMITTED: under REPEATABLE READ the second would still see the first as an owner, and now
-- fails with a serialization error instead.
CREATE OR REPLACE FUNCTION "integrity"."keep_an_owner"() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE public.organizations SET name = name WHERE id = OLD.organization_id;
    IF FOUND AND NOT EXISTS (
        SELECT FROM public.organization_members AS member
        WHERE member.organization_id = OLD.organization_id AND member.role = 'OWNER'
    ) THEN
        RAISE EXCEPTION 'the organization % would be left without an owner', OLD.organization_id
            USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME, SCHEMA = TG_TABLE_SCHEMA,
                HINT = 'Make another member an owner first, or delete the organization.';
    END IF;
    RETURN NULL;
END
$$;

-- Who has become a member is invited no more; nor is who has been removed, until somebody invites them again. They are known by the address
-- of their token, if it is they who act, and by that of their row.
CREATE OR REPLACE FUNCTION "integrity"."end_invitations"() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    member record := coalesce(NEW, OLD);
BEGIN
    DELETE FROM public.organization_invitations AS invitation
    WHERE invitation.organization_id = member.organization_id AND invitation.email IN (
        SELECT known.email FROM public.users AS known WHERE known.id = member.user_id
        UNION ALL
        SELECT lower(NULLIF(btrim(COALESCE(NULLIF(current_setting('request.jwt.claim.email', true), ''), NULLIF(current_setting('request.jwt.claims', true), '')::jsonb ->> 'email')), ''))
        WHERE member.user_id = COALESCE(NULLIF(current_setting('request.jwt.claim.sub', true), ''), NULLIF(NULLIF(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub', ''))
    );
    RETURN NULL;
END
$$;

REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA "integrity" FROM PUBLIC;

CREATE TRIGGER "users_set_updated_at" BEFORE UPDATE ON "users"
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION "integrity"."set_updated_at"();
CREATE TRIGGER "organizations_set_updated_at" BEFORE UPDATE ON "organizations"
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION "integrity"."set_updated_at"();
CREATE TRIGGER "organization_members_set_updated_at" BEFORE UPDATE ON "organization_members"
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION "integrity"."set_updated_at"();
CREATE TRIGGER "customers_set_updated_at" BEFORE UPDATE ON "customers"
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION "integrity"."set_updated_at"();
CREATE TRIGGER "projects_set_updated_at" BEFORE UPDATE ON "projects"
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION "integrity"."set_updated_at"();
CREATE TRIGGER "tasks_set_updated_at" BEFORE UPDATE ON "tasks"
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION "integrity"."set_updated_at"();
CREATE TRIGGER "attachments_set_updated_at" BEFORE UPDATE ON "attachments"
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION "integrity"."set_updated_at"();
CREATE TRIGGER "ai_conversations_set_updated_at" BEFORE UPDATE ON "ai_conversations"
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION "integrity"."set_updated_at"();
CREATE TRIGGER "notifications_set_updated_at" BEFORE UPDATE ON "notifications"
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION "integrity"."set_updated_at"();

CREATE TRIGGER "users_normalize_email" BEFORE INSERT OR UPDATE OF "email" ON "users"
    FOR EACH ROW EXECUTE FUNCTION "integrity"."normalize_email"();
CREATE TRIGGER "organization_invitations_normalize_email" BEFORE INSERT OR UPDATE OF "email" ON "organization_invitations"
    FOR EACH ROW EXECUTE FUNCTION "integrity"."normalize_email"();

-- At the end of each statement; SET CONSTRAINTS "organization_members_keep_an_owner" DEFERRED puts it off to the end of the transaction.
CREATE CONSTRAINT TRIGGER "organization_members_keep_an_owner" AFTER UPDATE OR DELETE ON "organization_members"
    DEFERRABLE INITIALLY IMMEDIATE
    FOR EACH ROW WHEN (OLD.role = 'OWNER') EXECUTE FUNCTION "integrity"."keep_an_owner"();
CREATE TRIGGER "organization_members_end_invitations" AFTER INSERT OR DELETE ON "organization_members"
    FOR EACH ROW EXECUTE FUNCTION "integrity"."end_invitations"();
