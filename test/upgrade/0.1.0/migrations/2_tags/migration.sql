CREATE TABLE "tags" (
    "id" INTEGER NOT NULL,
    "label" TEXT NOT NULL,
    "secret" TEXT,
    CONSTRAINT "tags_pkey" PRIMARY KEY ("id")
);
