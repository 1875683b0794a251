// Adopted from the database. `palisade adopt` adds at the end what is new there, and changes no declaration that stands here.
import { Policy, sql, TableAccess } from "pulumi-palisade";
import { app } from "./app.js";
import { isBlocked } from "./functions.js";

new TableAccess("blocks", {
  table: app.blocks,
  policies: {
    "own blocks": {
      roles: ["authenticated"],
      using: sql`${app.blocks.blocker} = (select auth.uid())`,
      withCheck: sql`${app.blocks.blocker} = (select auth.uid())`,
    },
  },
  grants: {
    anon: ["maintain", "references", "trigger", "truncate"],
    authenticated: ["maintain", "references", "trigger", "truncate"],
    service_role: ["maintain", "references", "trigger", "truncate"],
  },
});

new TableAccess("follows", {
  table: app.follows,
  policies: {
    accept: {
      command: "update",
      roles: ["authenticated"],
      using: sql`${app.follows.followee} = auth.uid()`,
      withCheck: sql`${app.follows.followee} = auth.uid()`,
    },
    follow: {
      command: "insert",
      roles: ["authenticated"],
      withCheck: sql`
        ${app.follows.follower} = auth.uid()
        and not ${isBlocked}(${app.follows.follower}, ${app.follows.followee})
        and ${app.follows.accepted} = (
          not (
            select ${app.profiles.isPrivate}
            from ${app.profiles}
            where ${app.profiles.id} = ${app.follows.followee}
          )
        )`,
    },
    read: {
      command: "select",
      using: sql`
        (auth.uid() = ${app.follows.follower} or auth.uid() = ${app.follows.followee})
        or not (exists (select 1 from ${app.profiles} p where p.id = ${app.follows.followee} and p.is_private))`,
    },
    unfollow: {
      command: "delete",
      roles: ["authenticated"],
      using: sql`auth.uid() = any (array[${app.follows.follower}, ${app.follows.followee}])`,
    },
  },
  grants: {
    anon: ["maintain", "references", "trigger", "truncate"],
    authenticated: ["maintain", "references", "trigger", "truncate"],
    service_role: ["maintain", "references", "trigger", "truncate"],
  },
});

new TableAccess("likes", {
  table: app.likes,
  policies: {
    "likes delete": { command: "delete", roles: ["authenticated"], using: sql`${app.likes.user} = auth.uid()` },
    "likes read": {
      command: "select",
      using: sql`exists (select 1 from ${app.posts} where ${app.posts.id} = ${app.likes.post})`,
    },
    "likes write": {
      command: "insert",
      roles: ["authenticated"],
      withCheck: sql`
        ${app.likes.user} = auth.uid()
        and ${app.likes.post} in (
          select ${app.posts.id} from ${app.posts} where ${app.posts.visibility} <> 'private'
        )`,
    },
  },
  grants: {
    anon: ["maintain", "references", "trigger", "truncate"],
    authenticated: ["maintain", "references", "trigger", "truncate"],
    service_role: ["maintain", "references", "trigger", "truncate"],
  },
});

new TableAccess("messages", {
  table: app.messages,
  policies: {
    "members read": {
      command: "select",
      roles: ["authenticated"],
      using: sql`
        public.is_room_member(${app.messages.room})
        and ${app.messages.sent} > '2020-01-01 00:00:00'
        and extract(dow from ${app.messages.sent}) < (7)::numeric
        and (${app.messages.sent} at time zone 'utc') < now()`,
    },
    "members write": {
      command: "insert",
      roles: ["authenticated"],
      withCheck: sql`
        ${app.messages.sender} = auth.uid()
        and public.is_room_member(${app.messages.room})
        and ${app.messages.body} <> ''
        and length(trim(both from ${app.messages.body})) > 0
        and (${app.messages.body} collate "C") < 'zzz'
        and (
          ${app.messages.room} is distinct from null::uuid or ${app.messages.sender} is distinct from null::uuid
        )`,
    },
  },
  grants: {
    anon: ["maintain", "references", "trigger", "truncate"],
    authenticated: ["maintain", "references", "trigger", "truncate"],
    service_role: ["maintain", "references", "trigger", "truncate"],
  },
});

new TableAccess("notifications", {
  table: app.notifications,
  policies: {
    mine: {
      roles: ["authenticated"],
      using: sql`
        ${app.notifications.recipient} = auth.uid()
        and ${app.notifications.kind} <> all (array['internal', 'debug'])`,
      withCheck: sql`
        ${app.notifications.recipient} = auth.uid()
        and not ((${app.notifications.payload} ->> 'kind') is distinct from ${app.notifications.kind})`,
    },
  },
  grants: {
    anon: ["maintain", "references", "trigger", "truncate"],
    authenticated: ["maintain", "references", "trigger", "truncate"],
    service_role: ["maintain", "references", "trigger", "truncate"],
  },
});

new TableAccess("profiles", {
  table: app.profiles,
  policies: {
    "Public profiles are viewable by everyone.": { command: "select", using: sql`true` },
    "Users can insert their own profile.": {
      command: "insert",
      withCheck: sql`(select auth.uid()) = ${app.profiles.id}`,
    },
    "Users can update own profile.": {
      command: "update",
      using: sql`(select auth.uid()) = ${app.profiles.id}`,
      withCheck: sql`
        ${app.profiles.id} = (select auth.uid())
        and (${app.profiles.bannedUntil} is null or ${app.profiles.bannedUntil} < now())`,
    },
    "no blocked": {
      command: "select",
      roles: ["authenticated"],
      as: "restrictive",
      using: sql`not ${isBlocked}(auth.uid(), ${app.profiles.id})`,
    },
  },
  grants: {
    anon: ["maintain", "references", "trigger", "truncate"],
    authenticated: {
      maintain: true,
      references: true,
      trigger: true,
      truncate: true,
      update: [app.profiles.avatarUrl, app.profiles.isPrivate, app.profiles.username],
    },
    service_role: ["maintain", "references", "trigger", "truncate"],
  },
});

new TableAccess("room_members", {
  table: app.roomMembers,
  policies: {
    "members see members": {
      command: "select",
      roles: ["authenticated"],
      using: sql`public.is_room_member(${app.roomMembers.room}, auth.uid())`,
    },
  },
  grants: {
    anon: ["maintain", "references", "trigger", "truncate"],
    authenticated: ["maintain", "references", "trigger", "truncate"],
    service_role: ["maintain", "references", "trigger", "truncate"],
  },
});

new TableAccess("rooms", {
  table: app.rooms,
  policies: {
    members: { command: "select", roles: ["authenticated"], using: sql`public.is_room_member(${app.rooms.id})` },
    "room of kind": {
      command: "insert",
      roles: ["authenticated"],
      withCheck: sql`
        ${app.rooms.kind} = 'chat'
        and ${app.rooms.topic} ~ similar_to_escape('[a-z]+')
        and ${app.rooms.topic} !~~* like_escape('admin%', '!')`,
    },
  },
  grants: {
    anon: ["maintain", "references", "trigger", "truncate"],
    authenticated: ["maintain", "references", "trigger", "truncate"],
    service_role: ["maintain", "references", "trigger", "truncate"],
  },
});

new Policy("edit posts", {
  table: app.posts,
  command: "update",
  roles: ["authenticated"],
  using: sql`${app.posts.author} = auth.uid() and ${app.posts.createdAt} > (now() - make_interval(mins => 15))`,
  withCheck: sql`${app.posts.author} = auth.uid()`,
});

new Policy("moderate", {
  table: app.posts,
  roles: ["authenticated"],
  using: sql`
    ((auth.jwt() -> 'app_metadata') ->> 'role') = 'moderator'
    and coalesce((auth.jwt() ->> 'aal'), 'aal1') = 'aal2'`,
  withCheck: sql`
    ((auth.jwt() -> 'app_metadata') -> 'roles') ? 'moderator'
    and (auth.jwt() -> 'amr') @> '[{"method": "totp"}]'`,
});

new Policy("read posts", {
  table: app.posts,
  command: "select",
  roles: ["anon", "authenticated"],
  using: sql`
    ${app.posts.hiddenAt} is null
    and (
      ${app.posts.visibility} = 'public'
      or ${app.posts.author} = auth.uid()
      or (
        ${app.posts.visibility} = 'followers'
        and exists (
          select 1
          from ${app.follows} f
          where f.followee = ${app.posts.author} and f.follower = auth.uid() and f.accepted is true
        )
      )
    )
    and not ${isBlocked}(${app.posts.author}, auth.uid())`,
});

// Left out:
// TableAccess public.posts: policies["write posts"].withCheck: the policy "write posts" reads public.posts, which leads back to public.posts. PostgreSQL would refuse every insert by authenticated with "infinite recursion detected in policy" (42P17). Read the table in a function that is SECURITY DEFINER and belongs to a role that no policy asks, such as the table's owner, and call that instead; the policies that can be are declared by themselves, its row security and its grants are not
// Policy public.posts/write posts: withCheck: the policy "write posts" reads public.posts, which leads back to public.posts. PostgreSQL would refuse every insert by authenticated with "infinite recursion detected in policy" (42P17). Read the table in a function that is SECURITY DEFINER and belongs to a role that no policy asks, such as the table's owner, and call that instead
// End of what is left out; `palisade adopt` keeps this list.
