# The image of vpsync: its packages on a Python base, nothing to write, nobody as its user.
#
#   docker build -t vpsync .          or podman, or buildah
#
# BASE is any image with Python 3.11 or later for Linux; pin it by digest for builds that are to be repeated.
ARG BASE=python:3.11-slim

FROM ${BASE} AS build
# For those who reach packages over a mirror: its address, and a file with its CA.
ARG PIP_INDEX_URL
ARG PIP_CERT
WORKDIR /src
COPY constraints.txt ./
# Versions and hashes are those of constraints.txt, for setuptools, too; only vpsync itself comes from here.
RUN python3 -m venv /opt/vpsync \
 && /opt/vpsync/bin/python -m pip install --no-cache-dir --no-compile --require-hashes --only-binary :all: -r constraints.txt
COPY setup.cfg setup.py pyproject.toml README.md LICENSE ./
COPY schemas schemas
COPY vpsync vpsync
# No source changes in an image, so that Python need not look whether one did.
RUN /opt/vpsync/bin/python -m pip install --no-cache-dir --no-compile --no-deps --no-build-isolation . \
 && /opt/vpsync/bin/python -m pip uninstall --yes --quiet setuptools pip \
 && /opt/vpsync/bin/python -m compileall -q --invalidation-mode unchecked-hash /opt/vpsync/lib

FROM ${BASE}
ARG BASE
ARG VERSION=0.1.0
ARG REVISION=
LABEL org.opencontainers.image.title="vpsync" \
      org.opencontainers.image.description="Makes Ververica Platform match Vp* Kubernetes custom resources" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.base.name="${BASE}"
COPY --from=build /opt/vpsync /opt/vpsync
# No shell, no package manager, no pip: the base's programs go, all but Python.
COPY image/strip.py /strip.py
RUN ["/opt/vpsync/bin/python", "/strip.py"]
# A read-only root, an unknown user and no home are all right: nothing is written, and nobody is looked up.
ENV PATH=/opt/vpsync/bin PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 65534:65534
ENTRYPOINT ["vpsync"]
