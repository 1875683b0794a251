"use client";

import { useEffect, useRef, useState } from "react";
import { joinOrganization } from "@/contract/channels";

/** Greets everybody who is looking at one of the organisation's projects. */
export function Wave({ organizationId, userId }: { readonly organizationId: string; readonly userId: string }) {
  const [greeting, setGreeting] = useState<string>();
  const send = useRef<() => void>(undefined);
  useEffect(() => {
    const membership = joinOrganization(
      { organizationId },
      {
        onBroadcast: (event, payload) => event === "wave" && setGreeting(String((payload as { from?: unknown }).from)),
      },
    );
    send.current = () => void membership.send("wave", { from: userId });
    return () => void membership.leave();
  }, [organizationId, userId]);
  return (
    <p>
      <button type="button" onClick={() => send.current?.()}>
        Wave
      </button>
      {greeting && `${greeting} waves`}
    </p>
  );
}
