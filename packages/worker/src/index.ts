export * from '@quicksand/sdk';
export type { Sandbox as ISandbox } from '@quicksand/sdk';
export { getSandbox } from './get-sandbox.ts';
export { ContainerProxy, type SandboxEnv, proxyTerminal, proxyToSandbox } from './preview.ts';
export { Sandbox } from './sandbox.ts';
export type { SandboxVariables } from './sandbox-variables.ts';
