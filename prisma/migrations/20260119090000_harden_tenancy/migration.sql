-- What users can no longer say of themselves, and what the rows of one organisation must say together.
--
-- Rows of before that break a new rule are put right here where only one answer is possible, and counted. Where there are several (which
-- folder a file is in, how large it is, who owns an organisation), they are named in a warning and stay as they are: the rule is asked about
-- new rows, and about what changes in the old ones. docs/sample-application.md says how to mend them, and when to run this.

-- Functions of defaults and triggers, in a schema that nobody but its owner may use, and no API exposes. They come first, since defaults and
-- triggers name them.
CREATE SCHEMA IF NOT EXISTS "integrity";

-- Who is asking: the token's subject. The order is auth.uid()'s.
CREATE OR REPLACE FUNCTION "integrity"."token_subject"() RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
RETURN coalesce(
    nullif(current_setting('request.jwt.claim.sub', true), ''),
    nullif(nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub', '')
);

-- Letters are folded by ASCII's rules alone, so that a Kelvin sign does not become a k. An empty address is none.
CREATE OR REPLACE FUNCTION "integrity"."fold_email"(email text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN nullif(lower(btrim(email) COLLATE "C"), '') COLLATE "default";

-- The address of an account of this project's own auth server, if it is confirmed. is_known is false for users of another issuer, and where
-- there is no auth server, as in the database in which Prisma replays this. Whoever runs an identity provider for single sign-on can claim any
-- address, so those count as unconfirmed.
CREATE OR REPLACE FUNCTION "integrity"."account_email"(subject text, OUT is_known boolean, OUT email text)
LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF to_regclass('auth.users') IS NOT NULL AND subject ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN
        EXECUTE $query$
            SELECT true, CASE WHEN account.email_confirmed_at IS NOT NULL AND (to_jsonb(account) ->> 'is_sso_user') IS DISTINCT FROM 'true'
                THEN integrity.fold_email(account.email) END
            FROM auth.users AS account WHERE account.id = $1
        $query$ INTO is_known, email USING subject::uuid;
    END IF;
    is_known := coalesce(is_known, false);
END
$$;

-- The address of whoever is asking, if it counts as theirs: it is in their token, the token does not call it unverified, and an account of this
-- project's own auth server has it, confirmed. (user_metadata says such things too, and is the user's own to write.)
CREATE OR REPLACE FUNCTION "integrity"."token_email"() RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    claims jsonb := nullif(current_setting('request.jwt.claims', true), '')::jsonb;
    address text := integrity.fold_email(coalesce(nullif(current_setting('request.jwt.claim.email', true), ''), claims ->> 'email'));
    verified text := coalesce(nullif(current_setting('request.jwt.claim.email_verified', true), ''), claims ->> 'email_verified');
    account record := integrity.account_email(integrity.token_subject());
BEGIN
    IF verified <> 'true' OR (account.is_known AND account.email IS DISTINCT FROM address) THEN
        RETURN NULL;
    END IF;
    RETURN address;
END
$$;

-- A path without a part that is empty, "." or "..", and without what a browser or a proxy reads as one: backslashes, control characters, and
-- dots and slashes in percent-encoding.
CREATE OR REPLACE FUNCTION "integrity"."is_plain_path"(path text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN path !~* '(^|/)\.{0,2}(/|$)|[\\[:cntrl:]]|%(2e|2f|5c)';

-- The rule is in the trigger's WHEN. A CHECK would be asked about an old row at each change of it, also when a member who leaves is taken out.
CREATE OR REPLACE FUNCTION "integrity"."refuse_row"() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'the row for table "%" breaks the rule "%"', TG_TABLE_NAME, TG_NAME
        USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME, SCHEMA = TG_TABLE_SCHEMA, HINT = TG_ARGV[0];
END
$$;

-- When a row last changed is not for the one who changes it to say.
CREATE OR REPLACE FUNCTION "integrity"."set_updated_at"() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.updated_at := transaction_timestamp();
    RETURN NEW;
END
$$;

CREATE OR REPLACE FUNCTION "integrity"."normalize_email"() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.email := integrity.fold_email(NEW.email);
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

-- Who has become a member is invited no more; nor is who has been removed, until somebody invites them again. They are known by the address of
-- their account, and where the auth server is another one, by that of their row, which is the last one by which they joined something.
CREATE OR REPLACE FUNCTION "integrity"."end_invitations"() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    member record := coalesce(NEW, OLD);
    account record := integrity.account_email(member.user_id);
    address text := CASE WHEN integrity.token_subject() = member.user_id THEN integrity.token_email() END;
BEGIN
    IF TG_OP = 'INSERT' AND address IS NOT NULL THEN
        UPDATE public.users SET email = address WHERE id = member.user_id AND email IS DISTINCT FROM address;
    END IF;
    DELETE FROM public.organization_invitations AS invitation
    WHERE invitation.organization_id = member.organization_id AND (
        invitation.email IN (account.email, address)
        OR (NOT account.is_known AND invitation.email = (SELECT known.email FROM public.users AS known WHERE known.id = member.user_id))
    );
    RETURN NULL;
END
$$;

-- Whoever is deleted leaves first, while their address is still known.
CREATE OR REPLACE FUNCTION "integrity"."leave_organizations"() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    DELETE FROM public.organization_members WHERE user_id = OLD.id;
    RETURN OLD;
END
$$;

-- A default and a trigger's WHEN are evaluated as whoever writes the row. Without USAGE on the schema, nobody calls these by name.
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA "integrity" FROM PUBLIC;
GRANT EXECUTE ON FUNCTION "integrity"."token_subject"(), "integrity"."token_email"(), "integrity"."is_plain_path"(text) TO PUBLIC;

-- An address is compared in lower case. An empty one is none. Whose it is alone is for the auth server to see to.
DROP INDEX "users_email_key";
ALTER TABLE "users" ALTER COLUMN "email" DROP NOT NULL;
UPDATE "users" SET "email" = "integrity"."fold_email"("email") WHERE "email" IS DISTINCT FROM "integrity"."fold_email"("email");

-- Who is no member of the organisation is responsible for nothing in it.
DO $$
DECLARE
    changed bigint;
    found record;
BEGIN
    UPDATE "tasks" SET "assignee_id" = NULL WHERE "assignee_id" IS NOT NULL AND NOT EXISTS (
        SELECT FROM "organization_members" AS member
        WHERE member."user_id" = "tasks"."assignee_id" AND member."organization_id" = "tasks"."organization_id"
    );
    GET DIAGNOSTICS changed = ROW_COUNT;
    IF changed > 0 THEN RAISE NOTICE '% tasks had an assignee who is no member of their organisation; they have none now', changed; END IF;
    UPDATE "attachments" SET "uploaded_by_id" = NULL WHERE "uploaded_by_id" IS NOT NULL AND NOT EXISTS (
        SELECT FROM "organization_members" AS member
        WHERE member."user_id" = "attachments"."uploaded_by_id" AND member."organization_id" = "attachments"."organization_id"
    );
    GET DIAGNOSTICS changed = ROW_COUNT;
    IF changed > 0 THEN RAISE NOTICE '% attachments were uploaded by somebody who is no member of their organisation; they name nobody now', changed; END IF;

    FOR found IN
        SELECT what, count(*) AS number, string_agg(quote_literal(id), ', ' ORDER BY id) FILTER (WHERE position <= 20) AS ids FROM (
            SELECT what, id, row_number() OVER (PARTITION BY what ORDER BY id) AS position FROM (
                SELECT 'organisations without an owner', id FROM "organizations" AS organization WHERE NOT EXISTS (
                    SELECT FROM "organization_members" AS member WHERE member."organization_id" = organization.id AND member.role = 'OWNER'
                )
                UNION ALL
                SELECT 'attachments whose path or size is impossible', id FROM "attachments"
                WHERE NOT (starts_with("path", "organization_id" || '/') AND "integrity"."is_plain_path"("path")) OR "size_bytes" < 0
                UNION ALL
                SELECT 'users whose avatar is outside their folder', id FROM "users"
                WHERE NOT (starts_with("avatar_path", "id" || '/') AND "integrity"."is_plain_path"("avatar_path"))
            ) AS broken (what, id)
        ) AS numbered GROUP BY what ORDER BY what
    LOOP
        RAISE WARNING '% %, left as they are: %', found.number, found.what, found.ids || CASE WHEN found.number > 20 THEN ', …' ELSE '' END;
    END LOOP;
END
$$;

-- Identifiers, addresses and times come from the token and the clock.
ALTER TABLE "users"
    ALTER COLUMN "id" SET DEFAULT "integrity"."token_subject"(),
    ALTER COLUMN "email" SET DEFAULT "integrity"."token_email"(),
    ADD CONSTRAINT "users_email_check" CHECK ("email" <> '' AND "email" = lower("email" COLLATE "C")),
    ALTER COLUMN "created_at" SET DEFAULT transaction_timestamp(), ALTER COLUMN "updated_at" SET DEFAULT transaction_timestamp();
CREATE INDEX "users_email_idx" ON "users"("email");
ALTER TABLE "organizations" ALTER COLUMN "created_at" SET DEFAULT transaction_timestamp(), ALTER COLUMN "updated_at" SET DEFAULT transaction_timestamp();
ALTER TABLE "organization_members"
    ALTER COLUMN "user_id" SET DEFAULT "integrity"."token_subject"(),
    ALTER COLUMN "created_at" SET DEFAULT transaction_timestamp(), ALTER COLUMN "updated_at" SET DEFAULT transaction_timestamp();
ALTER TABLE "customers" ALTER COLUMN "created_at" SET DEFAULT transaction_timestamp(), ALTER COLUMN "updated_at" SET DEFAULT transaction_timestamp();
ALTER TABLE "projects" ALTER COLUMN "created_at" SET DEFAULT transaction_timestamp(), ALTER COLUMN "updated_at" SET DEFAULT transaction_timestamp();
ALTER TABLE "tasks" ALTER COLUMN "created_at" SET DEFAULT transaction_timestamp(), ALTER COLUMN "updated_at" SET DEFAULT transaction_timestamp();
ALTER TABLE "attachments"
    ALTER COLUMN "uploaded_by_id" SET DEFAULT "integrity"."token_subject"(),
    ALTER COLUMN "created_at" SET DEFAULT transaction_timestamp(), ALTER COLUMN "updated_at" SET DEFAULT transaction_timestamp();
ALTER TABLE "ai_conversations"
    ALTER COLUMN "user_id" SET DEFAULT "integrity"."token_subject"(),
    ALTER COLUMN "created_at" SET DEFAULT transaction_timestamp(), ALTER COLUMN "updated_at" SET DEFAULT transaction_timestamp();
ALTER TABLE "notifications" ALTER COLUMN "created_at" SET DEFAULT transaction_timestamp(), ALTER COLUMN "updated_at" SET DEFAULT transaction_timestamp();

-- Somebody responsible is a member of the same organisation, and nobody once they have left.
ALTER TABLE "tasks"
    DROP CONSTRAINT "tasks_assignee_id_fkey",
    ADD CONSTRAINT "tasks_assignee_id_organization_id_fkey" FOREIGN KEY ("assignee_id", "organization_id")
        REFERENCES "organization_members"("user_id", "organization_id") ON DELETE SET NULL ("assignee_id") ON UPDATE NO ACTION;
ALTER TABLE "attachments"
    DROP CONSTRAINT "attachments_uploaded_by_id_fkey",
    ADD CONSTRAINT "attachments_uploaded_by_id_organization_id_fkey" FOREIGN KEY ("uploaded_by_id", "organization_id")
        REFERENCES "organization_members"("user_id", "organization_id") ON DELETE SET NULL ("uploaded_by_id") ON UPDATE NO ACTION;

-- A file is in its owner's folder.
CREATE TRIGGER "attachments_path_check" BEFORE INSERT OR UPDATE OF "path", "organization_id" ON "attachments"
    FOR EACH ROW WHEN (NOT (starts_with(NEW."path", NEW."organization_id" || '/') AND "integrity"."is_plain_path"(NEW."path")))
    EXECUTE FUNCTION "integrity"."refuse_row"('The path begins with the organisation''s folder, and has no part that is empty, "." or "..".');
CREATE TRIGGER "attachments_size_bytes_check" BEFORE INSERT OR UPDATE OF "size_bytes" ON "attachments"
    FOR EACH ROW WHEN (NEW."size_bytes" < 0) EXECUTE FUNCTION "integrity"."refuse_row"('A size is not negative.');
CREATE TRIGGER "users_avatar_path_check" BEFORE INSERT OR UPDATE OF "id", "avatar_path" ON "users"
    FOR EACH ROW WHEN (NOT (starts_with(NEW."avatar_path", NEW."id" || '/') AND "integrity"."is_plain_path"(NEW."avatar_path")))
    EXECUTE FUNCTION "integrity"."refuse_row"('The path begins with the user''s folder, and has no part that is empty, "." or "..".');

-- Membership by consent.
CREATE TABLE "organization_invitations" (
    "id" TEXT NOT NULL DEFAULT (gen_random_uuid())::text,
    "organization_id" TEXT NOT NULL,
    "email" TEXT NOT NULL,
    "role" "organization_role" NOT NULL DEFAULT 'MEMBER',
    "invited_by_id" TEXT DEFAULT "integrity"."token_subject"(),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT transaction_timestamp(),
    "expires_at" TIMESTAMPTZ(3) NOT NULL DEFAULT transaction_timestamp() + interval '14 days',

    CONSTRAINT "organization_invitations_pkey" PRIMARY KEY ("id"),
    -- ASCII alone: letters that look alike, or become others in lower case, would be somebody else's address.
    CONSTRAINT "organization_invitations_email_check" CHECK ("email" ~ '^[!-~]+@[!-~]+$' AND "email" = lower("email" COLLATE "C"))
);
ALTER TABLE "organization_invitations" ENABLE ROW LEVEL SECURITY;
CREATE UNIQUE INDEX "organization_invitations_organization_id_email_key" ON "organization_invitations"("organization_id", "email");
CREATE INDEX "organization_invitations_email_idx" ON "organization_invitations"("email");
CREATE INDEX "organization_invitations_invited_by_id_idx" ON "organization_invitations"("invited_by_id");
ALTER TABLE "organization_invitations" ADD CONSTRAINT "organization_invitations_organization_id_fkey"
    FOREIGN KEY ("organization_id") REFERENCES "organizations"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "organization_invitations" ADD CONSTRAINT "organization_invitations_invited_by_id_organization_id_fkey"
    FOREIGN KEY ("invited_by_id", "organization_id") REFERENCES "organization_members"("user_id", "organization_id") ON DELETE CASCADE ON UPDATE NO ACTION;

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
CREATE TRIGGER "users_leave_organizations" BEFORE DELETE ON "users"
    FOR EACH ROW EXECUTE FUNCTION "integrity"."leave_organizations"();
