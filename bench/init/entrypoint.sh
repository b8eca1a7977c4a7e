#!/bin/bash
# The usual start script, with the branches that docker-entrypoint has.
set -e
APP_DIR=${ENTRYPOINT_APP_DIR:-/app}
VE=${VIRTUAL_ENV:-/ve}
[ ! -d "$APP_DIR" ] || cd "$APP_DIR"
[ -z "${SETTINGS:-}" ] || export DJANGO_SETTINGS_MODULE="$APP.$SETTINGS"
[ ! -d "$VE/bin" ] || export PATH="$VE/bin:$PATH"
export PORT=${PORT:-8000} WEB_CONCURRENCY=${WEB_CONCURRENCY:-3}
case "${1:-run}" in
    run) shift; exec gunicorn "$APP.wsgi:application" "$@" ;;
    migrate | collectstatic) name=$1; shift; exec python manage.py "$name" --noinput "$@" ;;
    compress | shell | test) exec python manage.py "$@" ;;
    worker | beat) name=$1; shift; exec celery -A "$APP" "$name" -l info "$@" ;;
    manage) shift; exec python manage.py "$@" ;;
    *) exec "$@" ;;
esac
