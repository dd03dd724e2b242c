# Reelgraph with Debian's ffmpeg. One image, four uses: `serve` (API, worker or both, by ROLE), `keys`, `migrate`, `models`.
FROM node:24-bookworm-slim AS console

WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
# Not by npm, which would take the Node of the packages, whose script has not run.
RUN node node_modules/vite/bin/vite.js build --config src/console/vite.config.ts

FROM node:24-bookworm-slim

RUN apt-get update \
  && apt-get install --yes --no-install-recommends bubblewrap ffmpeg \
  && rm -rf /var/lib/apt/lists/*

WORKDIR /app
ENV NODE_ENV=production

# Apart from the sources, so that a change of code does not install again.
COPY package.json package-lock.json .npmrc ./
# Without scripts: what they fetch is Debian's here, or of the other stage.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund && npm cache clean --force

COPY . .
COPY --from=console /app/dist dist

# The files stay root's: the server can write nowhere but in /data.
RUN install --directory --owner=node --group=node --mode=0700 /data
VOLUME /data
USER node

# HOST: loopback inside a container is reachable by nobody. So the server needs a key before it starts:
# docker run --rm -v DATA:/data IMAGE node src/cli.ts keys create NAME
ENV DATA_DIR=/data HOST=0.0.0.0 PORT=4000
EXPOSE 4000

HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]

CMD ["node", "src/cli.ts", "serve"]
