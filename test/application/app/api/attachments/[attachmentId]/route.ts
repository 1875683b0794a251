import { cookies } from "next/headers";
import { NextResponse } from "next/server";
import { getServerClient } from "@/contract/clients/server";
import { attachmentsBucket } from "@/contract/storage";

/** Leads to the file, for a minute, for whom the policies let. */
export async function GET(
  _request: Request,
  { params }: { readonly params: Promise<{ readonly attachmentId: string }> },
) {
  const { attachmentId } = await params;
  const supabase = getServerClient(await cookies());
  const { data: attachment } = await supabase.from("attachments").select("path").eq("id", attachmentId).single();
  if (!attachment) return new NextResponse("There is no such attachment", { status: 404 });
  const path = attachmentsBucket.parsePath(attachment.path);
  return NextResponse.redirect(await attachmentsBucket.signedUrl(supabase, path, { expiresIn: 60 }));
}
