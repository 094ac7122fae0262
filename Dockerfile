# syntax=docker/dockerfile:1

# Compiles. What it needs for that (compilers, Prisma's generator, an npm-brought Node) stays behind in this stage.
FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
# With optional packages: SWC's native compiler is one. No package may run a script of its own.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
# Prisma downloads its migration engine unless a file is named here; generating does not run it, so any file will do.
ENV PRISMA_SCHEMA_ENGINE_BINARY=/usr/local/bin/node CHECKPOINT_DISABLE=1
RUN npx --no-install prisma generate && npm run build

# Packages that run in production, and nothing else. The base image is the Node, so the packages that bring one are left out.
FROM node:24-slim AS packages
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund && npm cache clean --force

# Runs. Everything belongs to root and nothing is written, so the file system may be read-only.
FROM node:24-slim
ENV NODE_ENV=production ENVIRONMENT=production PORT=3000
WORKDIR /app
COPY package.json ./
COPY prisma/schema.prisma prisma/roles.sql prisma/
COPY prisma/migrations prisma/migrations
COPY --from=packages /app/node_modules node_modules
COPY --from=build /app/dist dist
USER node
EXPOSE 3000
# Of the API. Alive, not ready: a restart does not bring a database back.
HEALTHCHECK --interval=10s --timeout=3s --start-period=40s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/api/health/live`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# The API. The worker: node dist/worker.js. Commands: node dist/cli.js <command>.
CMD ["node", "dist/main.js"]
