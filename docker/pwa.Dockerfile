# The faces, as static files behind a proxy to the API. Build from the root of the checkout:
#   docker build -f docker/pwa.Dockerfile -t amate-pwa .
ARG BASE=debian:bookworm-slim
ARG NODE=node:20-bookworm-slim

FROM ${NODE} AS build
WORKDIR /src/pwa
COPY pwa/package.json pwa/package-lock.json pwa/.npmrc ./
RUN npm ci --no-audit --no-fund
COPY pwa ./
RUN npm run build

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
