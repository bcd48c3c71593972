ARG BASE
FROM ${BASE}
COPY sidecar.mjs /
ENTRYPOINT ["node", "/sidecar.mjs"]
