// What a program can say of a host without loading one, which takes a quarter of a second.
export { type WeakPart, weakParts } from '@quicksand/isolation/machine-check';
export { version } from './version.ts';
