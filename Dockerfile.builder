# django.builder: django.base with a toolchain and headers. Without arguments it builds every
# requirement of /app/requirements.txt as a wheel in /wheelhouse:
#
#   docker build -t django.builder -f Dockerfile.builder dist/x86_64
#   docker run --rm -v "$PWD":/app -v "$PWD/wheelhouse":/wheelhouse django.builder
#
# It copies no files, so any small folder works as its build context.
ARG DEBIAN=trixie
FROM django.base:${DEBIAN}

RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
        build-essential git pkg-config python3-dev \
        libffi-dev libjpeg-dev libpq-dev libxml2-dev libxslt1-dev zlib1g-dev \
 && install -d -o app -g 0 -m 0775 /wheelhouse \
 && rm -rf /var/lib/apt/lists/* /var/cache/debconf/*-old /var/log/apt /var/log/*.log

# Builds an old sdist without pyproject.toml as a new one: the old method needs the package wheel, which
# bullseye's virtualenv does not have.
ENV PIP_USE_PEP517=1
LABEL org.opencontainers.image.title="django.builder"
CMD ["wheels"]
