/** The images that these tests make, beside the base of all of them. The tests know the first two by conformance/containers/images.ts. */
export const images = {
  /** container/Dockerfile. */
  host: 'localhost/quicksand-test:latest',
  /** conformance/containers/sidecar.mjs. */
  sidecar: 'localhost/quicksand-test-sidecar:latest',
  /** The first stage of container/Dockerfile: kept, so that what has not changed is not built again. */
  stage: 'localhost/quicksand-test-build:latest',
};

/** What every image and every layer that is kept has. */
export const label = 'quicksand.test=containers';
