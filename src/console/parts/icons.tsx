import type { ReactNode } from 'react';

/** Each stands beside words, or in a button that has a label. */
function Icon({ children }: { children: ReactNode }) {
  return (
    <svg className="icon" viewBox="0 0 24 24" aria-hidden="true">
      {children}
    </svg>
  );
}

export const SearchIcon = () => (
  <Icon>
    <circle cx="11" cy="11" r="6.5" />
    <path d="m16 16 4.5 4.5" />
  </Icon>
);

export const ImageIcon = () => (
  <Icon>
    <rect x="3.5" y="5" width="17" height="14" rx="2.5" />
    <circle cx="9" cy="10" r="1.6" />
    <path d="m4.5 17 4.6-4.2 3 2.7 3.6-3.8 4 4" />
  </Icon>
);

export const UploadIcon = () => (
  <Icon>
    <path d="M12 15.5V5m0 0L7.8 9.2M12 5l4.2 4.2M4.5 15.5v2.3a1.7 1.7 0 0 0 1.7 1.7h11.6a1.7 1.7 0 0 0 1.7-1.7v-2.3" />
  </Icon>
);

export const PlayIcon = () => (
  <Icon>
    <path className="filled" d="M8.5 5.8v12.4a.6.6 0 0 0 .9.5l9.7-6.2a.6.6 0 0 0 0-1L9.4 5.3a.6.6 0 0 0-.9.5Z" />
  </Icon>
);

/** More like this. */
export const LikeIcon = () => (
  <Icon>
    <rect x="4" y="4" width="11.5" height="11.5" rx="2.5" />
    <path d="M19.5 9v7.5a3 3 0 0 1-3 3H9" />
  </Icon>
);

export const CloseIcon = () => (
  <Icon>
    <path d="m6.5 6.5 11 11m0-11-11 11" />
  </Icon>
);

export const AddIcon = () => (
  <Icon>
    <path d="M12 5.5v13m-6.5-6.5h13" />
  </Icon>
);

/** A reel of film. */
export const ReelMark = () => (
  <svg className="mark" viewBox="0 0 32 32" aria-hidden="true">
    <circle className="disc" cx="16" cy="16" r="15" />
    <circle cx="16" cy="8" r="3.4" />
    <circle cx="23.6" cy="13.5" r="3.4" />
    <circle cx="20.7" cy="22.5" r="3.4" />
    <circle cx="11.3" cy="22.5" r="3.4" />
    <circle cx="8.4" cy="13.5" r="3.4" />
    <circle cx="16" cy="16" r="1.6" />
  </svg>
);
