export { writeEtcSkeleton } from './etc-skeleton.ts';
export { type HolderProgram, chooseHolderProgram, holderPrograms } from './holder-program.ts';
export { type Holder, type HolderOptions, openHolder } from './holder.ts';
export { type Launching, openLauncher } from './launcher/open-launcher.ts';
export { readLines } from './launcher/read-lines.ts';
export { createOwnedName, isLeftBehind } from './owned-name.ts';
export { type Limits, type ReadOnlyFolder, type RootPolicy, defaultLimits, insideIds } from './policy.ts';
export { type IdRange, type MappedIds, findSandboxIds, isMapped, isWholeMachine, readUidMap } from './outer/id-map.ts';
export {
  type SubordinateFacts,
  type SubordinateIds,
  fewestIds,
  findSubordinate,
  readSubordinate,
} from './outer/plan-mapping.ts';
export { isKept, toKeptEnv } from './cgroups/group-name.ts';
export {
  type CgroupTree,
  type CgroupsOptions,
  delegateToHosts,
  openCgroups,
  readCgroupLayout,
} from './cgroups/open-cgroups.ts';
export type { SandboxGroup } from './cgroups/sandbox-group.ts';
export type { ControlGroup } from './cgroups/control-group.ts';
export { type GroupLimits, defaultGroupLimits } from './cgroups/group-limits.ts';
export type { GroupUsage } from './cgroups/group-counters.ts';
export type { MissingPart } from './cgroups/missing-limits.ts';
export { type ProcessState, currentTicks, readProcessState } from './cgroups/process-stat.ts';
export { readProcessorWaits } from './cgroups/processor-waits.ts';
export { removeStaleGroups } from './cgroups/stale-groups.ts';
export { findUserNamespaceFix } from './machine/check-namespaces.ts';
export {
  type Volume,
  type VolumeRequest,
  type WorkspaceVolumes,
  openWorkspaceVolumes,
  removeLeftMounts,
} from './volumes/open-volumes.ts';
export { type VolumeLimits, defaultVolumeLimits, parseMountPoints, toMountsFolder } from './volumes/volume-format.ts';
export { runTool, toolPath } from './run-tool.ts';
export { oldestNode } from './machine/oldest-node.ts';
export { type InspectOptions, inspectMachine } from './machine/inspect-machine.ts';
export { type Verdict, judgeMachine } from './machine/judge-machine.ts';
export { type CheckStrength, type MachineCheck, type WeakPart, weakParts } from './machine/machine-check.ts';
