FROM python:3.12-slim

# text in pictures of the diagram
RUN apt-get update && apt-get install -y --no-install-recommends fonts-dejavu-core && rm -rf /var/lib/apt/lists/*

WORKDIR /app
COPY pyproject.toml setup.cfg README.md run.py ./
COPY exchange exchange
COPY fsm fsm
COPY guards guards
COPY signals signals
RUN pip install --no-cache-dir .

RUN useradd --uid 10001 --no-create-home executor && install -d -o executor -g executor -m 0700 /data
USER executor
WORKDIR /data
VOLUME /data
ENV DATA_DIR=/data PYTHONUNBUFFERED=1

STOPSIGNAL SIGTERM
ENTRYPOINT ["executor"]
CMD ["run"]
