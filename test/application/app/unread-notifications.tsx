"use client";

import { useEffect, useState } from "react";
import { getBrowserClient } from "@/contract/clients/browser";
import type { NotificationRow } from "@/contract/database";
import { subscribeToNotifications } from "@/contract/realtime";

interface Props {
  readonly userId: string;
  readonly initial: readonly NotificationRow[];
}

export function UnreadNotifications({ userId, initial }: Props) {
  const [notifications, setNotifications] = useState(initial);
  useEffect(() => {
    const subscription = subscribeToNotifications(
      { userId },
      {
        onInsert: (row) => setNotifications((rows) => [...rows, row]),
        onUpdate: (row) => setNotifications((rows) => rows.filter(({ id }) => id !== row.id || !row.read)),
        onDelete: ({ id }) => setNotifications((rows) => rows.filter((row) => row.id !== id)),
      },
    );
    return () => void subscription.unsubscribe();
  }, [userId]);

  const markRead = (id: string) => getBrowserClient().from("notifications").update({ read: true }).eq("id", id);

  return (
    <ul>
      {notifications.map(({ id, title, message }) => (
        <li key={id}>
          <strong>{title}</strong> {message}
          <button type="button" onClick={() => void markRead(id).then()}>
            Read
          </button>
        </li>
      ))}
    </ul>
  );
}
