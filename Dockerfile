# One image per service: `docker build --build-arg SERVICE=ingest .` It installs the packages of
# requirements.lock that this service needs, and checks their hashes.
FROM python:3.11-slim AS build
ARG SERVICE
WORKDIR /build
COPY pyproject.toml requirements.lock ./
RUN python -m venv /slipway \
    && pip install --quiet "$(grep -o '^uv==[^ ]*' requirements.lock)"
COPY libs libs
COPY services services
COPY simulators simulators
COPY backing backing
RUN members="$(ls libs services | grep -v ':' | sed 's/^./--no-emit-package slipway-&/')" \
    && uv pip compile -q "services/$SERVICE/pyproject.toml" --constraint requirements.lock \
        --generate-hashes --no-annotate --no-header $members -o needed.lock \
    && VIRTUAL_ENV=/slipway uv pip sync --require-hashes needed.lock \
    && VIRTUAL_ENV=/slipway uv pip install hatchling --constraint requirements.lock \
    && VIRTUAL_ENV=/slipway uv pip install --no-deps --no-build-isolation \
        libs/contracts libs/eventstore libs/messaging libs/runtime libs/telemetry "services/$SERVICE"

FROM python:3.11-slim
ARG SERVICE
RUN useradd --system --uid 10001 slipway
COPY --from=build /slipway /slipway
WORKDIR /app
# plans.yaml, specs.yaml, okrs.yaml: build again after a change, or mount your own files over these.
COPY *.yaml ./
ENV PATH=/slipway/bin:$PATH PYTHONUNBUFFERED=1 SERVICE=$SERVICE
USER slipway
CMD ["sh", "-c", "exec python -m slipway.$SERVICE"]
