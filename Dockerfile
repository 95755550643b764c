# The chat, as an image. Build: docker build -t chat . ; what it needs to run: docs/operations.md.
# The version of Python is the one that the tests run with.

FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
RUN python -m venv /opt/chat
WORKDIR /src
# First what changes seldom.
COPY requirements.txt ./
RUN /opt/chat/bin/pip install --only-binary=:all: --requirement requirements.txt
COPY pyproject.toml README.md LICENSE ./
COPY accounts accounts
COPY attachments attachments
COPY chatproject chatproject
COPY conversations conversations
COPY messaging messaging
COPY templates templates
RUN /opt/chat/bin/pip install --no-deps . \
    && /opt/chat/bin/pip check \
    && /opt/chat/bin/pip uninstall --yes pip setuptools

FROM python:3.11-slim-bookworm
LABEL org.opencontainers.image.title="Chat" \
      org.opencontainers.image.description="A self-hosted chat" \
      org.opencontainers.image.licenses="MIT"
RUN groupadd --system --gid 10001 chat \
    && useradd --system --uid 10001 --gid chat --no-create-home --home-dir /data chat \
    && install --directory --owner=chat --group=chat --mode=0700 /data
COPY --from=build /opt/chat /opt/chat
# Everything that it writes is in /data, and for moments in /tmp; the rest may be read-only.
ENV PATH=/opt/chat/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DATA_DIR=/data \
    HOST=0.0.0.0 \
    PORT=8000
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/healthz', timeout=4)"]
ENTRYPOINT ["chat"]
CMD ["serve"]
