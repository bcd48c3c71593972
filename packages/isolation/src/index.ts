export { writeEtcSkeleton } from './etc-skeleton.ts';
export { type Holder, type HolderOptions, openHolder } from './holder.ts';
export { type Limits, type RootPolicy, defaultLimits, insideIds } from './policy.ts';
