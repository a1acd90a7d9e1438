# The production image, on the Python that the tests run on: dependencies by hash, the code, compiled texts and collected static files; runs as an unprivileged user.
FROM python:3.11-slim AS build
WORKDIR /app
RUN python -m venv /venv
ENV PATH=/venv/bin:$PATH
COPY requirements.txt ./
RUN pip install --no-cache-dir --require-hashes -r requirements.txt
COPY . .
# Values for the build only: nothing of them is kept, collectstatic reads no secret.
RUN env $(python -m core.signing) PRODUCTION=1 SECRET_KEY=build EXING_TOKEN=one YUNSHENLING_TOKEN=two ECNY_TOKEN=three SMS_TOKEN=four DATABASE_URL=postgres://build@build/build \
    REDIS_URL=redis://build FIELD_KEYS=1:sm4:AAAAAAAAAAAAAAAAAAAAAA== INDEX_KEYS=1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= DECISION_KEYS=1:AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI= NUMBER_KEY=AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE= \
    sh -c "python manage.py translations && python manage.py collectstatic --no-input"

FROM python:3.11-slim
# Outlines of rare characters in names, for the documents.
RUN apt-get update && apt-get install -y --no-install-recommends fonts-hanazono && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 --home-dir /app ebike && mkdir -p /data /heads && chown ebike /data /heads
COPY --from=build /venv /venv
COPY --from=build /app /app
WORKDIR /app
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PRODUCTION=1 MEDIA_ROOT=/data
USER ebike
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s CMD ["python", "-m", "config.healthy", "http://127.0.0.1:8000/healthz"]
CMD ["python", "-m", "gunicorn", "config.wsgi:application", "--bind", "0.0.0.0:8000", "--workers", "3", "--threads", "4", "--no-control-socket"]
