export { type Host, type HostOptions, createHost } from './create-host.ts';
export { type EnterOptions, enterNamespace } from './enter-namespace.ts';
export { defaultDataFolder } from './folders.ts';
export { type HostLimits, defaultHostLimits } from './host-limits.ts';
export { inspectHost } from './inspect-host.ts';
export { type ListenOptions, type Listener, listen } from './listen.ts';
export type { Log, LogLevel } from './log.ts';
export { version } from './version.ts';
export {
  type MachineCheck,
  type SubordinateIds,
  type Verdict,
  type WeakPart,
  judgeMachine,
  readSubordinate,
  weakParts,
} from '@quicksand/isolation';
