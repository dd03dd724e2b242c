CREATE INDEX "embedding_tasks_queued" ON "embedding_tasks" USING btree ("tenant") WHERE "embedding_tasks"."status" = 'PROCESSING';--> statement-breakpoint
CREATE INDEX "embedding_tasks_stored" ON "embedding_tasks" USING btree ("tenant","asset") WHERE "embedding_tasks"."asset" is not null;--> statement-breakpoint
CREATE INDEX "tasks_queued" ON "tasks" USING btree ("tenant") WHERE "tasks"."status" not in ('READY', 'FAILED', 'CANCELED');--> statement-breakpoint
CREATE INDEX "tasks_stored" ON "tasks" USING btree ("tenant","asset") WHERE "tasks"."asset" is not null;