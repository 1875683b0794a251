"use client";

import Image from "next/image";
import { useOrganizationPresence } from "@/contract/channels-react";
import { getBrowserClient } from "@/contract/clients/browser";
import { avatarsBucket } from "@/contract/storage";

interface Props {
  readonly organizationId: string;
  readonly userId: string;
}

export function OnlineNow({ organizationId, userId }: Props) {
  const { online, error } = useOrganizationPresence({ organizationId }, { userId, page: "project" });
  if (error) return <p role="alert">{error.message}</p>;
  const avatar = (owner: string) =>
    avatarsBucket.publicUrl(getBrowserClient(), avatarsBucket.path({ userId: owner }, "avatar.png"));
  return (
    <ul>
      {online.map((person) => (
        <li key={person.userId}>
          <Image src={avatar(person.userId)} alt={person.userId} width={24} height={24} unoptimized /> {person.page}
        </li>
      ))}
    </ul>
  );
}
