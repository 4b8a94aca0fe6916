# The tag alone is for trying things out. Images for others are built on a base that is pinned by digest,
# --build-arg PYTHON_IMAGE=python:3.13-slim@sha256:..., and the release workflow builds on nothing else:
# `docker buildx imagetools inspect python:3.13-slim` shows the digest. Its pip has to be 25.3 or newer,
# the first that takes --build-constraint.
ARG PYTHON_IMAGE=python:3.13-slim

FROM ${PYTHON_IMAGE} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /src
COPY requirements.lock requirements-dev.lock pyproject.toml README.md LICENSE ./
RUN python -m venv --without-pip /opt/harbor-operator
RUN python -m pip --python /opt/harbor-operator/bin/python install --require-hashes -r requirements.lock
COPY operator operator
RUN python -m pip wheel --no-deps --build-constraint requirements-dev.lock --wheel-dir /tmp/wheel .
RUN python -m pip --python /opt/harbor-operator/bin/python install --no-deps --no-index /tmp/wheel/*.whl

FROM ${PYTHON_IMAGE}
LABEL org.opencontainers.image.title="harbor-operator" \
      org.opencontainers.image.description="Kubernetes operator that makes a Harbor registry declarative" \
      org.opencontainers.image.licenses="Apache-2.0"
# What installs packages has no use beside a running operator.
RUN rm -rf /usr/local/bin/pip* /usr/local/lib/python3.*/site-packages/pip* /usr/local/lib/python3.*/ensurepip
COPY --from=build /opt/harbor-operator /opt/harbor-operator
# The root file system may be read-only: nothing is compiled or written at run time.
ENV PATH=/opt/harbor-operator/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
# A number, since Kubernetes cannot tell from a name that it is not root.
USER 65532:65532
EXPOSE 8080 8081
ENTRYPOINT ["python", "-m", "harbor_operator"]
