CREATE TABLE "api_keys" (
	"id" uuid PRIMARY KEY NOT NULL,
	"tenant" text NOT NULL,
	"name" text NOT NULL,
	"role" text NOT NULL,
	"sha256" text NOT NULL,
	"prefix" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"revoked_at" timestamp (3) with time zone,
	CONSTRAINT "api_keys_sha256" UNIQUE("sha256")
);
--> statement-breakpoint
CREATE INDEX "embedding_tasks_queued" ON "embedding_tasks" USING btree ("tenant") WHERE "embedding_tasks"."status" = 'PROCESSING';--> statement-breakpoint
CREATE INDEX "embedding_tasks_stored" ON "embedding_tasks" USING btree ("tenant","asset") WHERE "embedding_tasks"."asset" is not null;--> statement-breakpoint
CREATE INDEX "tasks_queued" ON "tasks" USING btree ("tenant") WHERE "tasks"."status" not in ('READY', 'FAILED', 'CANCELED');--> statement-breakpoint
CREATE INDEX "tasks_stored" ON "tasks" USING btree ("tenant","asset") WHERE "tasks"."asset" is not null;