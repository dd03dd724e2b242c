import { type ReactNode, useRef } from 'react';

/** A button that lets the user choose files. */
export function FileButton({
  accept,
  multiple = false,
  className,
  label,
  onChoose,
  children,
}: {
  accept: string;
  multiple?: boolean;
  className: string;
  /** Says what it is for, where it shows no words. */
  label?: string;
  onChoose(files: readonly File[]): void;
  children: ReactNode;
}) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button
        type="button"
        className={className}
        aria-label={label}
        title={label}
        onClick={() => input.current?.click()}
      >
        {children}
      </button>
      <input
        ref={input}
        type="file"
        hidden
        accept={accept}
        multiple={multiple}
        onChange={({ target }) => {
          onChoose([...(target.files ?? [])]);
          // So that the same file can be chosen again.
          target.value = '';
        }}
      />
    </>
  );
}
