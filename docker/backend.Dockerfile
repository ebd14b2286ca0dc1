# The API and the command line; the faces are not in it (pwa.Dockerfile), so that a clinic's node is node.Dockerfile.
# Build from the root of the checkout:
#   docker build -f docker/backend.Dockerfile -t amate-backend .
ARG BASE=debian:bookworm-slim

FROM ${BASE} AS build
RUN apt-get update \
 && apt-get install -y --no-install-recommends python3 python3-venv \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /src
RUN python3 -m venv /opt/build && python3 -m venv /opt/amate
COPY docker/requirements-build.txt requirements.txt ./
RUN /opt/build/bin/pip install --no-cache-dir --no-deps --require-hashes -r requirements-build.txt \
 && /opt/amate/bin/pip install --no-cache-dir --no-deps --require-hashes -r requirements.txt \
 && /opt/amate/bin/pip check
COPY pyproject.toml README.md LICENSE ./
COPY backend backend
RUN /opt/build/bin/pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir /wheels . \
 && /opt/amate/bin/pip install --no-cache-dir --no-deps /wheels/*.whl \
 && /opt/amate/bin/pip uninstall --yes --quiet pip setuptools

FROM ${BASE}
RUN apt-get update \
 && apt-get install -y --no-install-recommends python3 \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin amate \
 && install -d -o amate -g amate -m 0700 /data
COPY --from=build /opt/amate /opt/amate
COPY keys/policy.toml /srv/keys/policy.toml
ENV PATH=/opt/amate/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 \
    AMATE_HOME=/data AMATE_KEYS_DIR=/srv/keys AMATE_PWA_DIR=/srv/pwa AMATE_HOST=0.0.0.0
USER amate
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=6 \
  CMD ["python3", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/readyz', timeout=2)"]
ENTRYPOINT ["amate"]
CMD ["serve"]
