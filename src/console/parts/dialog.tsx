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
      <h2 id="dialog-title">{title}</h2>
      {children}
      {/* The last one: the focus begins with what the dialog is for. */}
      <button type="button" className="icon-button" aria-label="Close" onClick={() => dialog.current?.close()}>
        <CloseIcon />
      </button>
    </dialog>
  );
}
