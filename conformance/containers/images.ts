/** The images that `npm run test:containers` builds. */
export const images = {
  /** container/Dockerfile. */
  host: 'localhost/quicksand-test:latest',
  /** sidecar.mjs. */
  sidecar: 'localhost/quicksand-test-sidecar:latest',
} as const;
