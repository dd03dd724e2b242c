CREATE TABLE "assets" (
	"sha256" text PRIMARY KEY NOT NULL,
	"size" bigint NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "indexes" (
	"id" uuid PRIMARY KEY NOT NULL,
	"tenant" text NOT NULL,
	"name" text NOT NULL,
	"model" text NOT NULL,
	"modalities" text[] NOT NULL,
	"clip_length" double precision NOT NULL,
	"overlap" double precision NOT NULL,
	"validation" jsonb NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "indexes_tenant_name" UNIQUE("tenant","name")
);
--> statement-breakpoint
CREATE TABLE "segments" (
	"id" uuid PRIMARY KEY NOT NULL,
	"tenant" text NOT NULL,
	"index_id" uuid NOT NULL,
	"video_id" uuid NOT NULL,
	"model" text NOT NULL,
	"modality" text NOT NULL,
	"scope" text NOT NULL,
	"start_offset" double precision NOT NULL,
	"end_offset" double precision NOT NULL,
	"thumbnail" text,
	"text" text,
	"embedding" halfvec,
	CONSTRAINT "segments_span" UNIQUE("video_id","model","modality","scope","start_offset")
);
--> statement-breakpoint
CREATE TABLE "stage_runs" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"stage" text NOT NULL,
	"media_seconds" double precision NOT NULL,
	"wall_seconds" double precision NOT NULL
);
--> statement-breakpoint
CREATE TABLE "tasks" (
	"id" uuid PRIMARY KEY NOT NULL,
	"tenant" text NOT NULL,
	"index_id" uuid NOT NULL,
	"status" text NOT NULL,
	"version" integer NOT NULL,
	"attempt" integer NOT NULL,
	"progress" double precision NOT NULL,
	"failure" jsonb,
	"source" text NOT NULL,
	"source_url" text,
	"asset" text,
	"filename" text NOT NULL,
	"metadata" jsonb,
	"user_metadata" jsonb NOT NULL,
	"language" text,
	"client_token" text,
	"input_digest" text,
	"created_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "tasks_client_token" UNIQUE("tenant","client_token"),
	CONSTRAINT "tasks_failure" CHECK (("tasks"."status" = 'FAILED') = ("tasks"."failure" is not null))
);
--> statement-breakpoint
CREATE TABLE "transitions" (
	"task_id" uuid NOT NULL,
	"version" integer NOT NULL,
	"attempt" integer NOT NULL,
	"status" text NOT NULL,
	"progress" double precision NOT NULL,
	"failure" jsonb,
	"at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "transitions_task_id_version_pk" PRIMARY KEY("task_id","version")
);
--> statement-breakpoint
CREATE TABLE "videos" (
	"id" uuid PRIMARY KEY NOT NULL,
	"tenant" text NOT NULL,
	"index_id" uuid NOT NULL,
	"task_id" uuid NOT NULL,
	"asset" text NOT NULL,
	"metadata" jsonb NOT NULL,
	"user_metadata" jsonb NOT NULL,
	"thumbnail" text,
	"created_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "videos_task" UNIQUE("task_id")
);
--> statement-breakpoint
ALTER TABLE "segments" ADD CONSTRAINT "segments_video_id_videos_id_fk" FOREIGN KEY ("video_id") REFERENCES "public"."videos"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "tasks" ADD CONSTRAINT "tasks_index_id_indexes_id_fk" FOREIGN KEY ("index_id") REFERENCES "public"."indexes"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "tasks" ADD CONSTRAINT "tasks_asset_assets_sha256_fk" FOREIGN KEY ("asset") REFERENCES "public"."assets"("sha256") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "transitions" ADD CONSTRAINT "transitions_task_id_tasks_id_fk" FOREIGN KEY ("task_id") REFERENCES "public"."tasks"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "videos" ADD CONSTRAINT "videos_index_id_indexes_id_fk" FOREIGN KEY ("index_id") REFERENCES "public"."indexes"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "videos" ADD CONSTRAINT "videos_task_id_tasks_id_fk" FOREIGN KEY ("task_id") REFERENCES "public"."tasks"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "videos" ADD CONSTRAINT "videos_asset_assets_sha256_fk" FOREIGN KEY ("asset") REFERENCES "public"."assets"("sha256") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "indexes_created" ON "indexes" USING btree ("tenant","created_at","id");--> statement-breakpoint
CREATE INDEX "indexes_updated" ON "indexes" USING btree ("tenant","updated_at","id");--> statement-breakpoint
CREATE INDEX "segments_index" ON "segments" USING btree ("index_id","model","modality","scope");--> statement-breakpoint
CREATE INDEX "stage_runs_stage" ON "stage_runs" USING btree ("stage","id");--> statement-breakpoint
CREATE INDEX "tasks_index_created" ON "tasks" USING btree ("index_id","created_at","id");--> statement-breakpoint
CREATE INDEX "tasks_created" ON "tasks" USING btree ("tenant","created_at","id");--> statement-breakpoint
CREATE INDEX "tasks_updated" ON "tasks" USING btree ("tenant","updated_at","id");--> statement-breakpoint
CREATE INDEX "tasks_asset" ON "tasks" USING btree ("asset");--> statement-breakpoint
CREATE INDEX "tasks_unfinished" ON "tasks" USING btree ("created_at") WHERE "tasks"."status" not in ('READY', 'FAILED', 'CANCELED');--> statement-breakpoint
CREATE INDEX "videos_index_created" ON "videos" USING btree ("index_id","created_at","id");--> statement-breakpoint
CREATE INDEX "videos_asset" ON "videos" USING btree ("asset");