/** The oldest Node that a host runs on. */
export const oldestNode = 24;
