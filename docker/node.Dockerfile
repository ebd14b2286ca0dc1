# A clinic's node: the backend's image, with the faces that a node serves itself. Build the other two before it:
#   docker build -f docker/node.Dockerfile -t amate-node .
# For real people, build amate-pwa for them (see there), give each line below -e AMATE_ENV=production, and the first one
# -v "$PWD/keys/anchors/NAME.root.json:/root.json:ro" and --anchor /root.json.
# --name is what counters call this machine, since the container's own name is none of theirs; 10001 must be able to read token.
#   docker run --rm -v amate-node:/data -v "$PWD/token:/token:ro" amate-node \
#     node enrol --from https://CENTRE --to /data --token-file /token --name 192.168.1.20
#   docker run -d --name node --restart unless-stopped --read-only --tmpfs /tmp --cap-drop ALL \
#     --security-opt no-new-privileges -v amate-node:/data -p 8443:8443 amate-node
#   docker exec node amate node counter add "Ventanilla 1" --pack /data
ARG BACKEND=amate-backend
ARG FACES=amate-pwa

FROM ${FACES} AS faces

FROM ${BACKEND}
COPY --from=faces /srv/pwa /srv/pwa
USER amate
EXPOSE 8443
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=6 \
  CMD ["python3", "-c", "import ssl, urllib.request as r; r.urlopen('https://127.0.0.1:8443/readyz', timeout=2, context=ssl.create_default_context(cafile='/data/tls/ca.pem'))"]
ENTRYPOINT ["amate"]
CMD ["serve", "--role", "verifier", "--pack", "/data"]
