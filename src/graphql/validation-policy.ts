import type { ValidationPolicy } from '../db/values.ts';
import { DEFAULT_POLICY } from '../domain/rules.ts';
import { builder } from './builder.ts';

const about = {
  minHeight: 'The least pixels of the short side, inclusive',
  maxHeight: 'The pixels that the short side must stay under, exclusive',
  minDuration: 'The shortest duration in seconds, inclusive',
  maxDuration: 'The longest duration in seconds, inclusive',
  requireAudio: 'Whether a video without an audio track is refused',
  rejectBrokenFrames: 'Whether a video with broken or missing frames is refused',
  maxFileSize: 'The largest file in bytes, inclusive',
} satisfies Record<keyof ValidationPolicy, string>;

export const ValidationPolicyType = builder.objectRef<ValidationPolicy>('ValidationPolicy').implement({
  description: 'What videos an index accepts.',
  fields: (t) => ({
    minHeight: t.exposeInt('minHeight', { description: `${about.minHeight}.` }),
    maxHeight: t.exposeInt('maxHeight', { description: `${about.maxHeight}.` }),
    minDuration: t.exposeFloat('minDuration', { description: `${about.minDuration}.` }),
    maxDuration: t.exposeFloat('maxDuration', { description: `${about.maxDuration}.` }),
    requireAudio: t.exposeBoolean('requireAudio', { description: `${about.requireAudio}.` }),
    rejectBrokenFrames: t.exposeBoolean('rejectBrokenFrames', { description: `${about.rejectBrokenFrames}.` }),
    maxFileSize: t.exposeFloat('maxFileSize', { description: `${about.maxFileSize}.` }),
  }),
});

function describe(rule: keyof ValidationPolicy): { description: string } {
  return { description: `${about[rule]}: ${DEFAULT_POLICY[rule]} for a new index that says nothing.` };
}

export const ValidationPolicyInput = builder.inputType('ValidationPolicyInput', {
  description: 'The rules to set. Those left out stay as they are, or have their defaults in a new index.',
  fields: (t) => ({
    minHeight: t.int(describe('minHeight')),
    maxHeight: t.int(describe('maxHeight')),
    minDuration: t.float(describe('minDuration')),
    maxDuration: t.float(describe('maxDuration')),
    requireAudio: t.boolean(describe('requireAudio')),
    rejectBrokenFrames: t.boolean(describe('rejectBrokenFrames')),
    maxFileSize: t.float(describe('maxFileSize')),
  }),
});
