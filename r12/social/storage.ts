// Adopted from the database. `palisade adopt` adds at the end what is new there, and changes no declaration that stands here.
import { Bucket, ExclusivePolicies, Policy, sql, storageObjects } from "pulumi-palisade";
import { app } from "./app.js";

new Policy("Anyone can upload an avatar.", {
  table: storageObjects,
  command: "insert",
  withCheck: sql`${storageObjects.bucketId} = 'avatars' and ${storageObjects.owner} = auth.uid()`,
});

new Policy("Avatar images are publicly accessible.", {
  table: storageObjects,
  command: "select",
  using: sql`${storageObjects.bucketId} = 'avatars'`,
});

new Policy("media of followed", {
  table: storageObjects,
  command: "select",
  roles: ["authenticated"],
  using: sql`
    ${storageObjects.bucketId} = 'media'
    and (
      path_tokens[1] = (auth.uid())::text
      or exists (
        select 1
        from ${app.follows}
        where (${app.follows.followee})::text = (storage.foldername(${storageObjects.name}))[1]
          and ${app.follows.follower} = auth.uid()
      )
    )`,
});

new ExclusivePolicies("storage.objects", {
  table: storageObjects,
  policies: ["Anyone can upload an avatar.", "Avatar images are publicly accessible.", "media of followed"],
});

new Bucket("avatars", { public: true, fileSizeLimit: 1048576, allowedMimeTypes: ["image/jpeg", "image/png"] });

new Bucket("media");
