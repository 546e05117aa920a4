# Builds with docker, podman or buildah. The image holds the service and what it needs, and no compiler and no test.

FROM python:3.11-slim AS build
# A mirror of the package index, or a folder of wheels: --build-arg PIP_INDEX_URL=…
ARG PIP_INDEX_URL PIP_FIND_LINKS PIP_NO_INDEX
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src
RUN python -m venv /opt/cds
COPY deploy/requirements.txt deploy/requirements.txt
RUN /opt/cds/bin/python -m pip install --no-deps --require-hashes --only-binary :all: --requirement deploy/requirements.txt
COPY pyproject.toml README.md LICENSE openapi.yaml ./
COPY cards cards
COPY fhir_profiles fhir_profiles
COPY docs docs
COPY cds_service cds_service
RUN /opt/cds/bin/python -m pip install --no-index --no-deps --no-build-isolation .

FROM python:3.11-slim
RUN install --directory --owner 10001 --group 10001 --mode 0700 /data
COPY --from=build /opt/cds /opt/cds
ENV PATH=/opt/cds/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
# The root may be read-only: the service writes to /data, and to /tmp, which may be in memory.
ENV CDS_DATABASE_URL=sqlite:////data/cds.db CDS_SPOOL=/data/spool
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/healthz', timeout=3)"]
ENTRYPOINT ["cds-service"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8000"]
