import { and, eq, isNotNull, sql } from 'drizzle-orm';
import type { Transaction } from '../db/client.ts';
import { reindexVideos, tasks, transcripts, videos } from '../db/schema.ts';

/** Makes what a reindex's model heard the videos' transcripts, except where words came with the video. */
export async function adoptWords(tx: Transaction, reindexId: string): Promise<void> {
  const heard = and(eq(reindexVideos.reindexId, reindexId), isNotNull(reindexVideos.lines));
  // The tasks are locked before their videos are written: whoever deletes a task does it in this order.
  await tx.orm.execute(sql`
    insert into ${transcripts} (task_id, source, lines)
    select ${tasks.id}, 'SPEECH', ${reindexVideos.lines}
    from ${reindexVideos}
    join ${videos} on ${videos.id} = ${reindexVideos.videoId}
    join ${tasks} on ${tasks.id} = ${videos.taskId}
    where ${heard}
    for key share of ${tasks}
    on conflict (task_id) do update set lines = excluded.lines where ${transcripts.source} = 'SPEECH'`);
  await tx.orm.execute(sql`
    update ${videos} set language = ${reindexVideos.language}
    from ${reindexVideos}
    where ${videos.id} = ${reindexVideos.videoId} and ${heard}`);
}
