import { useState } from 'react';
import { useClient, useQuery } from 'urql';
import { describeError } from '../api/api.ts';
import { IndexList } from '../api/documents.ts';
import { useReturn } from '../api-context.ts';
import { Header } from './header.tsx';
import { IndexForm } from './index-form.tsx';
import { useUploads } from './use-uploads.ts';
import { Unreachable, Welcome } from './welcome.tsx';
import { Workspace } from './workspace.tsx';

/** The page: a header to choose an index with, and what is in it. */
export function Console({ onLeave }: { onLeave: (() => void) | undefined }) {
  const [{ data, error }, readAnew] = useQuery({ query: IndexList });
  const client = useClient();
  const [chosenId, choose] = useState(() => new URLSearchParams(location.search).get('index'));
  const [isCreating, setCreating] = useState(false);
  const uploads = useUploads();
  useReturn(() => readAnew({ requestPolicy: 'network-only' }));

  const indexes = data?.indexes.edges.map(({ node }) => node);
  const index = indexes?.find(({ id }) => id === chosenId) ?? indexes?.[0];

  function open(id: string) {
    choose(id);
    // So that a reload, or a bookmark, leads back to it.
    history.replaceState(null, '', `?${new URLSearchParams({ index: id })}`);
    setCreating(false);
  }

  /** Until it is listed another one would be shown. */
  async function openCreated(id: string) {
    await client.query(IndexList, {}, { requestPolicy: 'network-only' }).toPromise();
    open(id);
  }

  return (
    <>
      <Header
        indexes={indexes ?? []}
        isCut={data?.indexes.pageInfo.hasNextPage ?? false}
        chosen={index}
        onChoose={open}
        onCreate={() => setCreating(true)}
        onLeave={onLeave}
      />
      <main>
        {index && <Workspace key={index.id} index={index} uploads={uploads} />}
        {error && !data && <Unreachable message={describeError(error)} onRetry={() => readAnew()} />}
        {indexes?.length === 0 && <Welcome onCreate={() => setCreating(true)} />}
      </main>
      {isCreating && <IndexForm onCreated={openCreated} onClose={() => setCreating(false)} />}
    </>
  );
}
