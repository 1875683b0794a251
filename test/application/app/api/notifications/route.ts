import { NextResponse } from "next/server";
import { prisma } from "@/contract/clients/prisma";
import { createServiceClient } from "@/contract/clients/service";
import { serverEnv } from "@/contract/env/server";

/** Another service notifies everybody in an organisation. */
export async function POST(request: Request) {
  if (request.headers.get("authorization") !== `Bearer ${serverEnv.SUPABASE_SERVICE_ROLE_KEY}`) {
    return new NextResponse("Not allowed", { status: 401 });
  }
  const body = (await request.json()) as Record<"organizationId" | "title" | "message", string>;
  const { organizationId, title, message } = body;
  const members = await prisma.organizationMember.findMany({ where: { organizationId } });
  const { count } = await prisma.notification.createMany({
    data: members.map(({ userId }) => ({ organizationId, userId, title, message })),
  });
  const { data } = await createServiceClient().from("organizations").select("name").eq("id", organizationId).single();
  return NextResponse.json({ count, organization: data?.name });
}
