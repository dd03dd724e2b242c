import { type ReactNode, useEffect, useRef } from 'react';
import { CloseIcon } from './icons.tsx';

/** A dialog over the page. The browser holds the focus in it, and gives it back afterwards. */
export function Dialog({
  title,
  className,
  onClose,
  children,
}: {
  title: string;
  className: string;
  onClose(): void;
  children: ReactNode;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (!dialog.current?.open) dialog.current?.showModal();
  }, []);
  return (
    <dialog
      ref={dialog}
      className={`dialog ${className}`}
      aria-labelledby="dialog-title"
      closedby="any"
      onClose={onClose}
    >
      <div className="dialog-head">
        <h2 id="dialog-title">{title}</h2>
        <button type="button" className="icon-button" aria-label="Close" onClick={() => dialog.current?.close()}>
          <CloseIcon />
        </button>
      </div>
      {children}
    </dialog>
  );
}
