import { createContext, use, useEffect, useSyncExternalStore } from 'react';
import type { Api } from './api/api.ts';
import type { ConnectionState } from './api/connection.ts';

/** The server that the page is about. */
export const ApiContext = createContext<Api | undefined>(undefined);

export function useApi(): Api {
  const api = use(ApiContext);
  if (!api) throw new Error('there is an API around the console');
  return api;
}

export function useConnectionState(): ConnectionState {
  const { connection } = useApi();
  return useSyncExternalStore(connection.watch, connection.state);
}

/** Reads anew what was missed while there was no connection. */
export function useReturn(readAnew: () => void): void {
  const { connection } = useApi();
  useEffect(() => connection.onReturn(readAnew), [connection, readAnew]);
}
