# One image with every program; docker-compose.yml says which one a container runs.
FROM debian:trixie-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends \
      gcc libc6-dev meson ninja-build pkgconf \
      librdkafka-dev libjansson-dev libpcre2-dev libsqlite3-dev libssl-dev libcurl4-openssl-dev libuv1-dev libmicrohttpd-dev libidn2-dev \
      zlib1g-dev python3 \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY . .
RUN meson setup /build --prefix=/usr --libdir=lib --buildtype=release -Dtests=false -Dexamples=false \
    && DESTDIR=/installed meson install -C /build --strip \
    && rm -rf /installed/usr/include /installed/usr/lib/pkgconfig /installed/usr/lib/*.a

FROM debian:trixie-slim
RUN apt-get update && apt-get install -y --no-install-recommends \
      ca-certificates librdkafka1 libjansson4 libpcre2-8-0 libsqlite3-0 libssl3t64 libcurl4t64 libuv1t64 libmicrohttpd12t64 libidn2-0 zlib1g \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --system --gid 10001 notify \
    && useradd --system --uid 10001 --gid notify --home-dir /var/lib/notify --shell /usr/sbin/nologin notify \
    # A named volume takes over the owner of the folder it is mounted on.
    && install -d -o notify -g notify -m 750 /var/lib/notify
COPY --from=build /installed/ /
COPY --chmod=755 deploy/image/healthcheck /usr/local/bin/healthcheck
ENV ADMIN_LISTEN=:9090 \
    EMAIL_TEMPLATES=/usr/share/notify/templates \
    EMAIL_SCHEMAS=/usr/share/notify/schemas \
    EMAIL_ROUTES=/usr/share/notify/routes.json \
    EMAIL_DECLARED_TOPICS=/usr/share/notify/topics.json \
    DATABASE_URL=sqlite:/var/lib/notify/signup.db
USER notify
WORKDIR /var/lib/notify
EXPOSE 8080 8081 9090
HEALTHCHECK --interval=5s --timeout=5s --start-period=20s --retries=3 CMD ["healthcheck"]
CMD ["notifyctl", "--help"]
