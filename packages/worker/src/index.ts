export * from '@quicksand/sdk';
export { getSandbox } from './get-sandbox.ts';
export { Sandbox } from './sandbox.ts';
export type { SandboxVariables } from './sandbox-variables.ts';
