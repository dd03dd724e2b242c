import { ROLES, type Role } from '../db/values.ts';

/** Whose data there is where nobody is told apart. */
export const DEFAULT_TENANT = 'default';

/** Whom a request acts for: decides which rows it sees, and what it may do to them. */
export interface Caller {
  tenant: string;
  role: Role;
  /** Null where no key is needed. */
  keyId: string | null;
}

/** Whoever asks a server that needs no keys. */
export const KEYLESS_CALLER: Caller = { tenant: DEFAULT_TENANT, role: 'admin', keyId: null };

/** Whether a role may do what needs this one. */
export function includesRole(role: Role, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed);
}
