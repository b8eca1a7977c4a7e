# Sets up a database through Django's own connection.
#
# Arguments: the prefix of messages; then `setup` and the arguments of migrate,
# or `wait`, the timeout in milliseconds (0: no limit) and its text in messages.
# Python 3.9 or newer, Django 4.2 or newer. ASCII only, since it is passed in an
# environment variable.

import contextlib
import fcntl
import hashlib
import os
import runpy
import shlex
import sys
import threading
import time
import traceback
import warnings

NAME, JOB, *ARGUMENTS = sys.argv[1:]
TABLE = "docker_entrypoint_setup"
RETRY_HINT = "fix the cause and run setup again"


# Ends the program with this message.
class Failed(Exception):
    pass


def log(text):
    print(f"{NAME}: {text}", file=sys.stderr, flush=True)


def describe(error):
    return " ".join(str(error).split()) or type(error).__name__


def digest(*words):
    return hashlib.sha256("\0".join(map(str, words)).encode()).hexdigest()


# ---- the commands of a first run


def decode(text):
    # The entrypoint has split it: before each command is the number of its words.
    words, found = shlex.split(text), []
    while words:
        end = int(words[0]) + 1
        found.append(words[1:end])
        words = words[end:]
    return found


def commands():
    # ENTRYPOINT_FIRST_RUN as lists of words; checked before anything changes.
    from django.core.management import get_commands

    found = decode(os.environ["ENTRYPOINT_FIRST_RUN"])
    for words in found:
        if words[0] not in get_commands():
            name = words[0] or "''"
            raise Failed(f"cannot run {name} from ENTRYPOINT_FIRST_RUN: there is no such management command")
    return found


def call(words, **options):
    from django.core.management import CommandError, call_command

    try:
        call_command(*words, **options)
    except SystemExit as end:
        if end.code not in (None, 0):
            raise Failed(f"{words[0]} exited with code {end.code}")
    except CommandError as error:
        raise Failed(f"{words[0]} failed: {describe(error)}")
    except Exception as error:
        traceback.print_exc()
        raise Failed(f"{words[0]} failed ({type(error).__name__}): {RETRY_HINT}")


def first_run(steps, connection, lock):
    wanted = commands()
    if wanted and steps.get(name="database").state == "found":
        names = ", ".join(words[0] for words in wanted)
        log(f"this database existed before its first setup: skipping {names} (ENTRYPOINT_FIRST_RUN)")
        return
    for number, words in enumerate(wanted, 1):
        # Arguments may contain a secret, so only their digest is stored.
        name = f"{words[0][:60]} {digest(*words)[:16]}"
        step, new = steps.get_or_create(name=name, defaults={"state": "begun"})
        if step.state == "done":
            continue
        check_lock(lock)
        again = "" if new else ", again, because it was interrupted"
        log(f"running {words[0]} (first run, {number} of {len(wanted)}){again}")
        with transaction_for(connection):
            call(words)
            step.state = "done"
            step.save(using=connection.alias)
        log(f"{words[0]} is done")


def transaction_for(connection):
    # The work of a command and the record of its completion: both or neither.
    from django.db import transaction

    if os.environ.get("ENTRYPOINT_FIRST_RUN_ATOMIC") == "0":
        return contextlib.nullcontext()
    return transaction.atomic(using=connection.alias)


def history(connection):
    # The table of steps, and in it whether the database was empty at the first setup.
    from django.apps.registry import Apps
    from django.db import models

    class Step(models.Model):
        name = models.CharField(max_length=80, primary_key=True)
        state = models.CharField(max_length=20)
        since = models.DateTimeField(auto_now=True)

        class Meta:
            apps = Apps()
            app_label = "docker_entrypoint"
            db_table = TABLE

    tables = set(connection.introspection.table_names())
    if TABLE not in tables:
        with connection.schema_editor() as editor:
            editor.create_model(Step)
    steps = Step.objects.using(connection.alias)
    if not steps.filter(name="database").exists():
        others = tables - {TABLE} - extensions(connection)
        steps.create(name="database", state="found" if others else "new")
    return steps


def extensions(connection):
    # Tables of an extension (PostGIS) do not count.
    if connection.vendor != "postgresql":
        return set()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_class c JOIN pg_depend d ON d.objid = c.oid"
            " WHERE d.classid = 'pg_class'::regclass AND d.deptype = 'e'"
        )
        return {row[0] for row in cursor.fetchall()}


# ---- the database and its lock


def connect(connection, may_create):
    # Opens the connection; creates a missing database first if `may_create`.
    from django.db.utils import Error

    try:
        connection.ensure_connection()
        return
    except Error as error:
        cause = describe(error)
    if connection.vendor == "sqlite":
        cause += " (check that its folder exists and that this user can write to it)"
    elif may_create:
        try:
            create(connection)
            connection.ensure_connection()
            return
        except Error as error:
            cause += f" (and it cannot be created: {describe(error)})" * (describe(error) != cause)
    raise Failed(f"cannot open the database {connection.settings_dict['NAME']}: {cause}")


def create(connection):
    # Lists the databases of the server: a connection error does not show whether
    # the database is missing or the connection refused.
    name = connection.settings_dict["NAME"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with connection._nodb_cursor() as cursor:
            if connection.vendor == "postgresql":
                acquire(lambda: query(cursor, postgresql_lock(name)))
                if query(cursor, "SELECT count(*) FROM pg_database WHERE datname = %s", name):
                    return
            log(f"creating the database {name}")
            cursor.execute(create_statement(connection, name))


def create_statement(connection, name):
    # quote_name of Django adds quotes around a name, but leaves those in it as they are.
    if connection.vendor == "postgresql":
        from django.db.backends.postgresql.psycopg_any import sql

        return sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
    if connection.vendor == "mysql":
        quoted = "`" + name.replace("`", "``") + "`"
        return f"CREATE DATABASE IF NOT EXISTS {quoted} CHARACTER SET utf8mb4"
    return f"CREATE DATABASE {connection.ops.quote_name(name)}"


def query(cursor, sql, *values):
    cursor.execute(sql, values or None)
    return cursor.fetchone()[0]


def postgresql_lock(name):
    number = int.from_bytes(bytes.fromhex(digest(TABLE, name)[:16]), "big", signed=True)
    return f"SELECT CASE WHEN pg_try_advisory_lock({number}) THEN 1 ELSE 0 END"


def lock_database(connection):
    # Returns a connection that holds the lock of this database until it is closed.
    name, vendor = connection.settings_dict["NAME"], connection.vendor
    if vendor == "sqlite":
        # A lock of SQLite would block the migrations too.
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA database_list")
            file = cursor.fetchone()[2]
        if file:
            folder = os.open(os.path.dirname(file), os.O_RDONLY)
            acquire(lambda: flock(folder))
        return None
    if vendor not in ("postgresql", "mysql"):
        log(f"cannot lock a {vendor} database: run only one setup at a time")
        return None
    lock = connection.copy()
    lock.settings_dict["OPTIONS"].pop("pool", None)
    sql = postgresql_lock(name) if vendor == "postgresql" else f"SELECT GET_LOCK('{digest(TABLE, name)[:60]}', 0)"
    cursor = lock.cursor()
    acquire(lambda: query(cursor, sql))
    return lock


def flock(folder):
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        log(f"cannot lock the database: {describe(error)}: run only one setup at a time")
    return True


def acquire(attempt):
    began, pause = time.monotonic(), 0.1
    while not attempt():
        if pause == 0.1:
            log("waiting for another setup of this database")
        time.sleep(pause)
        pause = min(pause * 1.5, 1)
    if pause > 0.1:
        log(f"acquired the lock after {time.monotonic() - began:.1f} s")


def check_lock(lock):
    if lock is not None and not lock.is_usable():
        raise Failed(f"the connection that holds the lock is closed: {RETRY_HINT}")


# ---- the two jobs


def prepare():
    # Loads the project as Django's own execute does, and parses the arguments of
    # migrate that matter here, in all their spellings.
    import django
    from django.core.management import CommandError
    from django.core.management.base import CommandParser, handle_default_options

    parser = CommandParser(add_help=False)
    parser.add_argument("--settings")
    parser.add_argument("--pythonpath")
    parser.add_argument("--database", default="default")
    parser.add_argument("--plan", "--check", "-h", "--help", "--version", action="store_true", dest="is_dry")
    try:
        options = parser.parse_known_args(ARGUMENTS * (JOB == "setup"))[0]
    except CommandError as error:
        raise Failed(f"cannot read the arguments: {describe(error)}")
    handle_default_options(options)
    django.setup()
    return options


def setup(options):
    from django.db import connections
    from django.db.utils import Error

    commands()
    if options.database not in connections:
        raise Failed(f"cannot find the database {options.database} in DATABASES")
    connection = connections[options.database]
    checks = {} if "--skip-checks" in ARGUMENTS else {"skip_checks": False}
    if options.is_dry:
        # Nothing is migrated, so nothing is recorded either.
        connect(connection, False)
        return call(["migrate", "--noinput", *ARGUMENTS], **checks)
    try:
        connect(connection, True)
        lock = lock_database(connection)
        steps = history(connection)
    except Error as error:
        raise Failed(f"cannot prepare the database {connection.settings_dict['NAME']}: {describe(error)}")
    call(["migrate", "--noinput", *ARGUMENTS], **checks)
    try:
        first_run(steps, connection, lock)
    except Error as error:
        raise Failed(f"cannot record the completed command: {describe(error)}: {RETRY_HINT}")
    log(f"the database {connection.settings_dict['NAME']} is set up")


def wait():
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor
    from django.db.utils import Error

    global reason
    began, pause, is_silent = time.monotonic(), 0.25, True
    while True:
        try:
            executor = MigrationExecutor(connection)
            missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
            if not missing:
                break
            reason = f"{len(missing)} are not applied, beginning with {missing[0][0]}"
        except Error as error:
            reason = describe(error)
            connection.close()
        if is_silent:
            log(f"waiting for migrations (ENTRYPOINT_WAIT): {reason}")
            is_silent = False
        time.sleep(pause)
        pause = min(pause * 1.5, 3)
    if not is_silent:
        log(f"migrations are ready after {time.monotonic() - began:.1f} s")


def on_timeout():
    log(f"migrations are not ready after {ARGUMENTS[1]}: {reason}")
    os._exit(124)


def work(_utility):
    try:
        options = prepare()
        setup(options) if JOB == "setup" else wait()
    except Failed as error:
        log(error)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(0)


reason = "the project is still loading"
if JOB == "wait" and int(ARGUMENTS[0]):
    clock = threading.Timer(int(ARGUMENTS[0]) / 1000, on_timeout)
    clock.daemon = True
    clock.start()

# manage.py selects the project's settings and may prepare more. This program takes
# over when manage.py calls Django.
sys.path[0] = sys.path[0] or os.getcwd()
sys.argv = ["manage.py", "migrate"]
from django.core import management  # noqa: E402

management.ManagementUtility.execute = work
runpy.run_path(os.path.join(os.getcwd(), "manage.py"), run_name="__main__")
log("cannot take over from manage.py: it does not call Django's execute_from_command_line")
sys.exit(1)
