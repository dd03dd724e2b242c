import { clearAllDataLoaders } from '@pothos/plugin-dataloader';
import type DataLoader from 'dataloader';
import type { App } from '../app.ts';

/** What resolvers work with, made anew for each request or, on a connection that stays open, each operation. */
export interface Context {
  app: Pick<App, 'env' | 'db' | 'queue' | 'events' | 'storage' | 'remote' | 'models' | 'embeds'>;
  /** Whose rows this caller sees and writes. */
  tenant: string;
  /** Scheme, host and port that the caller reaches this server by: what absolute URLs begin with, without a slash. */
  origin: string;
  /** The loaders of `createBatchLoader`, by what they load and with which arguments. */
  batches: Map<unknown, Map<string, DataLoader<string, unknown>>>;
}

/** @param options.origin such as `http://127.0.0.1:4000` */
export function createContext(app: Context['app'], options: { tenant: string; origin: string }): Context {
  const { tenant, origin } = options;
  return { app, tenant, origin, batches: new Map() };
}

/** Makes the next read of anything go to the database: the events of one subscription share their context. */
export function forgetLoaded(context: Context): void {
  clearAllDataLoaders(context);
  context.batches.clear();
}
