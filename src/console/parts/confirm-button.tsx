import { useState } from 'react';

/** Deletes when it is pressed twice; it forgets the first time when the focus goes elsewhere. */
export function ConfirmButton({
  className,
  subject,
  onConfirm,
}: {
  className: string;
  subject: string;
  onConfirm(): void;
}) {
  const [isAsked, setAsked] = useState(false);
  const words = isAsked ? 'Really delete?' : 'Delete';
  return (
    <button
      type="button"
      className={isAsked ? `${className} danger` : className}
      aria-label={`${words.replace('?', '')} ${subject}`}
      onBlur={() => setAsked(false)}
      onClick={() => (isAsked ? onConfirm() : setAsked(true))}
    >
      {words}
    </button>
  );
}
