# What docker-compose.yml runs beside the server: the locked set and our sources, as a
# user who may write beneath /tickhouse and /warehouse of the container alone.
FROM python:3.12-slim

RUN useradd --create-home tickhouse \
    && install --directory --owner=tickhouse /tickhouse /warehouse
WORKDIR /tickhouse
COPY requirements.lock ./
RUN pip install --no-cache-dir --no-deps --require-hashes -r requirements.lock
COPY --chown=tickhouse . ./
ENV PYTHONPATH=/tickhouse
USER tickhouse
