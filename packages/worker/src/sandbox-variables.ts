/** Variables and secrets of a Worker that the object reads. Both may be left out where a container is bound. */
export interface SandboxVariables {
  /** Address of a host, such as `http://127.0.0.1:7070`. Where it is set, no container is used. */
  readonly QUICKSAND_URL?: string;
  /** The token of that host, or the one that the host in the container is to ask for. Requests that carry one of their own keep it. */
  readonly QUICKSAND_TOKEN?: string;
}
