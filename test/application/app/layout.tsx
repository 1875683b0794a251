import type { Metadata } from "next";
import type { ReactNode } from "react";
import { publicEnv } from "@/contract/env/public";

export const metadata: Metadata = { title: "Projects", metadataBase: new URL(publicEnv.NEXT_PUBLIC_APP_URL) };

export default function Layout({ children }: { readonly children: ReactNode }) {
  return (
    <html lang="en">
      <body>{children}</body>
    </html>
  );
}
