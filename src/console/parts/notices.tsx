import { createContext, type ReactNode, use, useCallback, useState } from 'react';
import { CloseIcon } from './icons.tsx';

/** Tells the user what happened: errors are seen and read out at once, news are only read out. */
interface Notices {
  fail(message: string): void;
  announce(message: string): void;
}

const NoticesContext = createContext<Notices>({ fail() {}, announce() {} });

export const useNotices = (): Notices => use(NoticesContext);

export function NoticesProvider({ children }: { children: ReactNode }) {
  const [errors, setErrors] = useState<{ id: number; message: string }[]>([]);
  const [news, setNews] = useState('');
  const fail = useCallback((message: string) => {
    setErrors((before) =>
      [...before.filter((error) => error.message !== message), { id: (before.at(-1)?.id ?? 0) + 1, message }].slice(-3),
    );
  }, []);
  const [notices] = useState<Notices>({ fail, announce: setNews });
  return (
    <NoticesContext value={notices}>
      {children}
      <p className="unseen" role="status">
        {news}
      </p>
      <div className="notices" role="alert">
        {errors.map(({ id, message }) => (
          <div key={id} className="notice">
            <p>{message}</p>
            <button
              type="button"
              className="icon-button"
              aria-label="Dismiss"
              onClick={() => setErrors((before) => before.filter((error) => error.id !== id))}
            >
              <CloseIcon />
            </button>
          </div>
        ))}
      </div>
    </NoticesContext>
  );
}
