"use client";

import { type ChangeEvent, useState } from "react";
import { getBrowserClient } from "@/contract/clients/browser";
import { attachmentsBucket, toFileName } from "@/contract/storage";

interface Props {
  readonly organizationId: string;
}

export function AttachmentUpload({ organizationId }: Props) {
  const [problems, setProblems] = useState<readonly string[]>([]);

  async function upload(event: ChangeEvent<HTMLInputElement>) {
    const file = event.target.files?.[0];
    if (!file) return;
    const refused = attachmentsBucket.check(file);
    setProblems(refused);
    if (refused.length > 0) return;
    const supabase = getBrowserClient();
    const path = attachmentsBucket.path({ organizationId }, crypto.randomUUID(), toFileName(file.name));
    await attachmentsBucket.upload(supabase, path, file);
    const { error } = await supabase.from("attachments").insert({
      organization_id: organizationId,
      name: file.name,
      path,
      content_type: file.type,
      size_bytes: file.size,
    });
    if (error) setProblems([error.message]);
  }

  return (
    <form>
      <input
        type="file"
        accept={attachmentsBucket.allowedMimeTypes?.join(",")}
        onChange={(event) => void upload(event)}
      />
      {problems.map((problem) => (
        <p key={problem} role="alert">
          {problem}
        </p>
      ))}
    </form>
  );
}
