CREATE TABLE "embedding_tasks" (
	"id" uuid PRIMARY KEY NOT NULL,
	"tenant" text NOT NULL,
	"model" text NOT NULL,
	"status" text NOT NULL,
	"version" integer NOT NULL,
	"progress" double precision NOT NULL,
	"failure" jsonb,
	"source" text NOT NULL,
	"source_url" text,
	"asset" text,
	"filename" text NOT NULL,
	"metadata" jsonb,
	"start_offset" double precision,
	"end_offset" double precision,
	"clip_length" double precision NOT NULL,
	"scopes" text[] NOT NULL,
	"modalities" text[] NOT NULL,
	"client_token" text,
	"input_digest" text,
	"turn" integer DEFAULT 0 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "embedding_tasks_client_token" UNIQUE("tenant","client_token"),
	CONSTRAINT "embedding_tasks_failure" CHECK (("embedding_tasks"."status" = 'FAILED') = ("embedding_tasks"."failure" is not null))
);
--> statement-breakpoint
CREATE TABLE "embeddings" (
	"id" uuid PRIMARY KEY NOT NULL,
	"embedding_task_id" uuid NOT NULL,
	"modality" text NOT NULL,
	"scope" text NOT NULL,
	"start_offset" double precision NOT NULL,
	"end_offset" double precision NOT NULL,
	"thumbnail" text,
	"text" text,
	"embedding" vector,
	CONSTRAINT "embeddings_span" UNIQUE("embedding_task_id","modality","scope","start_offset")
);
--> statement-breakpoint
CREATE TABLE "reindex_videos" (
	"reindex_id" uuid NOT NULL,
	"video_id" uuid NOT NULL,
	"done" boolean DEFAULT false NOT NULL,
	"lines" jsonb,
	"language" text,
	CONSTRAINT "reindex_videos_reindex_id_video_id_pk" PRIMARY KEY("reindex_id","video_id")
);
--> statement-breakpoint
CREATE TABLE "reindexes" (
	"id" uuid PRIMARY KEY NOT NULL,
	"tenant" text NOT NULL,
	"index_id" uuid NOT NULL,
	"model" text NOT NULL,
	"modalities" text[] NOT NULL,
	"status" text NOT NULL,
	"version" integer NOT NULL,
	"total" integer NOT NULL,
	"done" integer NOT NULL,
	"failure" jsonb,
	"created_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "transcripts" (
	"task_id" uuid PRIMARY KEY NOT NULL,
	"source" text NOT NULL,
	"url" text,
	"content" text,
	"lines" jsonb
);
--> statement-breakpoint
CREATE TABLE "turns" (
	"line" text NOT NULL,
	"tenant" text NOT NULL,
	"flow" text NOT NULL,
	"last" integer NOT NULL,
	CONSTRAINT "turns_line_tenant_flow_pk" PRIMARY KEY("line","tenant","flow")
);
--> statement-breakpoint
ALTER TABLE "segments" ADD COLUMN "words" "tsvector";--> statement-breakpoint
ALTER TABLE "tasks" ADD COLUMN "turn" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "videos" ADD COLUMN "language" text;--> statement-breakpoint
ALTER TABLE "embedding_tasks" ADD CONSTRAINT "embedding_tasks_asset_assets_sha256_fk" FOREIGN KEY ("asset") REFERENCES "public"."assets"("sha256") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "embeddings" ADD CONSTRAINT "embeddings_embedding_task_id_embedding_tasks_id_fk" FOREIGN KEY ("embedding_task_id") REFERENCES "public"."embedding_tasks"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reindex_videos" ADD CONSTRAINT "reindex_videos_reindex_id_reindexes_id_fk" FOREIGN KEY ("reindex_id") REFERENCES "public"."reindexes"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reindex_videos" ADD CONSTRAINT "reindex_videos_video_id_videos_id_fk" FOREIGN KEY ("video_id") REFERENCES "public"."videos"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reindexes" ADD CONSTRAINT "reindexes_index_id_indexes_id_fk" FOREIGN KEY ("index_id") REFERENCES "public"."indexes"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "transcripts" ADD CONSTRAINT "transcripts_task_id_tasks_id_fk" FOREIGN KEY ("task_id") REFERENCES "public"."tasks"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "embedding_tasks_created" ON "embedding_tasks" USING btree ("tenant","created_at","id");--> statement-breakpoint
CREATE INDEX "embedding_tasks_updated" ON "embedding_tasks" USING btree ("tenant","updated_at","id");--> statement-breakpoint
CREATE INDEX "embedding_tasks_asset" ON "embedding_tasks" USING btree ("asset");--> statement-breakpoint
CREATE INDEX "embedding_tasks_ended" ON "embedding_tasks" USING btree ("updated_at") WHERE "embedding_tasks"."status" <> 'PROCESSING';--> statement-breakpoint
CREATE INDEX "embedding_tasks_unfinished" ON "embedding_tasks" USING btree ("created_at") WHERE "embedding_tasks"."status" = 'PROCESSING';--> statement-breakpoint
CREATE INDEX "reindex_videos_video" ON "reindex_videos" USING btree ("video_id");--> statement-breakpoint
CREATE INDEX "reindexes_index" ON "reindexes" USING btree ("index_id","created_at");--> statement-breakpoint
CREATE UNIQUE INDEX "reindexes_running" ON "reindexes" USING btree ("index_id") WHERE "reindexes"."status" = 'RUNNING';--> statement-breakpoint
CREATE INDEX "segments_words" ON "segments" USING gin ("words");