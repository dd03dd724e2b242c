const NAME = 'reelgraph-api-key';

/** The API key that was given in this tab, or kept on this device. */
export function recallKey(): string | undefined {
  return sessionStorage.getItem(NAME) ?? localStorage.getItem(NAME) ?? undefined;
}

/** Keeps a key until the tab is closed, or for longer if that is wanted. */
export function keepKey(key: string, { forLong }: { forLong: boolean }): void {
  forgetKey();
  (forLong ? localStorage : sessionStorage).setItem(NAME, key);
}

export function forgetKey(): void {
  sessionStorage.removeItem(NAME);
  localStorage.removeItem(NAME);
}
