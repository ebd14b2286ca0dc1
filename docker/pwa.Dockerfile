# The faces, as static files behind a proxy to the API. Build from the root of the checkout:
#   docker build -f docker/pwa.Dockerfile -t amate-pwa .
# For real people: --build-arg AMATE_ENV=production --build-arg AMATE_ANCHOR=keys/anchors/NAME.root.json; the faces are
# pinned to that root, and the build fails when it was made for anything else.
ARG BASE=debian:bookworm-slim
ARG NODE=node:20-bookworm-slim

FROM ${NODE} AS build
WORKDIR /src/pwa
COPY pwa/package.json pwa/package-lock.json pwa/.npmrc ./
RUN npm ci --no-audit --no-fund
COPY pwa ./
COPY keys/anchors /src/keys/anchors
ARG AMATE_ENV=demo
ARG AMATE_ANCHOR=
RUN AMATE_ENV=$AMATE_ENV AMATE_ANCHOR=$AMATE_ANCHOR npm run build

FROM ${BASE}
RUN apt-get update \
 && apt-get install -y --no-install-recommends nginx-light libnginx-mod-http-brotli-static \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --uid 10002 --no-create-home --shell /usr/sbin/nologin amate
COPY docker/proxy/nginx.conf /etc/nginx/nginx.conf
COPY docker/proxy/headers.conf /etc/nginx/amate-headers.conf
COPY --from=build /src/pwa/dist /srv/pwa
USER amate
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --retries=6 \
  CMD ["/bin/bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8080 && printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3 && head -1 <&3 | grep -q ' 200 '"]
ENTRYPOINT ["nginx", "-e", "stderr", "-g", "daemon off;"]
