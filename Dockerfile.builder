# django.builder: django.base with a toolchain and headers. Run without arguments it turns every
# requirement of /app/requirements.txt into a wheel in /wheelhouse:
#
#   docker build -t django.builder -f Dockerfile.builder dist/x86_64
#   docker run --rm -v "$PWD":/app -v "$PWD/wheelhouse":/wheelhouse django.builder
#
# It copies nothing, so that any small folder will do as its context.
ARG DEBIAN=trixie
FROM django.base:${DEBIAN}

RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
        build-essential git pkg-config python3-dev \
        libffi-dev libjpeg-dev libpq-dev libxml2-dev libxslt1-dev zlib1g-dev \
 && install -d -o app -g 0 -m 0775 /wheelhouse \
 && rm -rf /var/lib/apt/lists/* /var/cache/debconf/*-old /var/log/apt /var/log/*.log

# An old sdist without pyproject.toml builds the way a new one does: bullseye's virtualenv has no
# package wheel for the old way.
ENV PIP_USE_PEP517=1
LABEL org.opencontainers.image.title="django.builder"
CMD ["wheels"]
