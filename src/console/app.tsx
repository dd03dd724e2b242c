import { useEffect, useState } from 'react';
import { Provider } from 'urql';
import { type Api, openApi } from './api/api.ts';
import { forgetKey, keepKey, recallKey } from './api/api-key.ts';
import { ApiContext } from './api-context.ts';
import { Console } from './parts/console.tsx';
import { KeyForm } from './parts/key-form.tsx';
import { NoticesProvider } from './parts/notices.tsx';

/** The console, or what it needs a key for first. */
export function App() {
  const [apiKey, setApiKey] = useState(recallKey);
  const [isLocked, setLocked] = useState(false);
  const api = useApi(apiKey, () => setLocked(true));

  function give(key: string, forLong: boolean) {
    keepKey(key, { forLong });
    setApiKey(key);
    setLocked(false);
  }
  function leave() {
    forgetKey();
    setApiKey(undefined);
    setLocked(true);
  }

  if (isLocked) return <KeyForm wasRefused={apiKey !== undefined} onGive={give} />;
  if (!api) return null;
  return (
    <ApiContext value={api}>
      <Provider value={api.client}>
        <NoticesProvider>
          <Console onLeave={apiKey === undefined ? undefined : leave} />
        </NoticesProvider>
      </Provider>
    </ApiContext>
  );
}

/** The API for a key; another one, and another cache, for another key. None until it is there. */
function useApi(apiKey: string | undefined, onUnauthenticated: () => void): Api | undefined {
  const [held, hold] = useState<{ apiKey: string | undefined; api: Api }>();
  // biome-ignore lint/correctness/useExhaustiveDependencies: only another key is another API
  useEffect(() => {
    let isOpen = true;
    // What comes late for a key that was left says nothing of the one after it.
    const api = openApi({ apiKey, onUnauthenticated: () => isOpen && onUnauthenticated() });
    hold({ apiKey, api });
    return () => {
      isOpen = false;
      api.connection.close();
    };
  }, [apiKey]);
  // The first time that another key is drawn, the API of the one before it is still held.
  return held?.apiKey === apiKey ? held?.api : undefined;
}
