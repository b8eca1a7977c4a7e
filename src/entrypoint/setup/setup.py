# What docker-entrypoint does in the database, through Django's own connection.
#
# Arguments: the name that messages begin with; `setup` and the arguments of
# migrate, or `wait`, the milliseconds after which it is in vain (0: no limit)
# and what to call that.
# Python 3.9 or newer, Django 4.2 or newer. ASCII only: it comes in a variable.

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
SOON = "fix the cause and run setup again"


# Ends the work; its text is told.
class Failed(Exception):
    pass


def tell(text):
    print(f"{NAME}: {text}", file=sys.stderr, flush=True)


def told(error):
    return " ".join(str(error).split()) or type(error).__name__


def digest(*words):
    return hashlib.sha256("\0".join(map(str, words)).encode()).hexdigest()


# ---- the commands of a first run


def parted(text):
    # The entrypoint has split it: before each command stands the number of its words.
    words, found = shlex.split(text), []
    while words:
        end = int(words[0]) + 1
        found.append(words[1:end])
        words = words[end:]
    return found


def commands():
    # ENTRYPOINT_FIRST_RUN as lists of words; looked at before anything is done.
    from django.core.management import get_commands

    found = parted(os.environ["ENTRYPOINT_FIRST_RUN"])
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
        raise Failed(f"{words[0]} failed: {told(error)}")
    except Exception as error:
        traceback.print_exc()
        raise Failed(f"{words[0]} failed ({type(error).__name__}): {SOON}")


def first_run(steps, connection, lock):
    wanted = commands()
    if wanted and steps.get(name="database").state == "found":
        names = ", ".join(words[0] for words in wanted)
        tell(f"this database existed before its first setup: skipping {names} (ENTRYPOINT_FIRST_RUN)")
        return
    for number, words in enumerate(wanted, 1):
        # Of the arguments, which may hold a secret, only a digest is kept.
        name = f"{words[0][:60]} {digest(*words)[:16]}"
        step, new = steps.get_or_create(name=name, defaults={"state": "begun"})
        if step.state == "done":
            continue
        still_held(lock)
        again = "" if new else ", again, because it was interrupted"
        tell(f"running {words[0]} (first run, {number} of {len(wanted)}){again}")
        with together(connection):
            call(words)
            step.state = "done"
            step.save(using=connection.alias)
        tell(f"{words[0]} is done")


def together(connection):
    # The command's work and the note that it is done: both or neither.
    from django.db import transaction

    if os.environ.get("ENTRYPOINT_FIRST_RUN_ATOMIC") == "0":
        return contextlib.nullcontext()
    return transaction.atomic(using=connection.alias)


def history(connection):
    # Our own table, and in it whether the database was empty when we first saw it.
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
    # Tables that came with an extension (PostGIS) do not make a database old.
    if connection.vendor != "postgresql":
        return set()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_class c JOIN pg_depend d ON d.objid = c.oid"
            " WHERE d.classid = 'pg_class'::regclass AND d.deptype = 'e'"
        )
        return {row[0] for row in cursor.fetchall()}


# ---- the database and its lock


def connect(connection, make):
    # Opens the connection; a database that is not there is made first, if it may be.
    from django.db.utils import Error

    try:
        connection.ensure_connection()
        return
    except Error as error:
        why = told(error)
    if connection.vendor == "sqlite":
        why += " (check that its folder exists and that this user can write to it)"
    elif make:
        try:
            create(connection)
            connection.ensure_connection()
            return
        except Error as error:
            why += f" (and it cannot be created: {told(error)})" * (told(error) != why)
    raise Failed(f"cannot open the database {connection.settings_dict['NAME']}: {why}")


def create(connection):
    # Asks the server for its databases: from an error of the connection nobody
    # can tell one that is not there from one that is refused.
    name = connection.settings_dict["NAME"]
    quoted = connection.ops.quote_name(name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with connection._nodb_cursor() as cursor:
            if connection.vendor == "postgresql":
                hold(lambda: asked(cursor, postgresql_lock(name)))
                if asked(cursor, "SELECT count(*) FROM pg_database WHERE datname = %s", name):
                    return
            tell(f"creating the database {name}")
            if connection.vendor == "mysql":
                cursor.execute(f"CREATE DATABASE IF NOT EXISTS {quoted} CHARACTER SET utf8mb4")
            else:
                cursor.execute(f"CREATE DATABASE {quoted}")


def asked(cursor, question, *values):
    cursor.execute(question, values or None)
    return cursor.fetchone()[0]


def postgresql_lock(name):
    number = int.from_bytes(bytes.fromhex(digest(TABLE, name)[:16]), "big", signed=True)
    return f"SELECT CASE WHEN pg_try_advisory_lock({number}) THEN 1 ELSE 0 END"


def locked(connection):
    # A connection that holds the lock of this database until it ends, or we do.
    name, vendor = connection.settings_dict["NAME"], connection.vendor
    if vendor == "sqlite":
        # Its own locks would keep the migrations out, too.
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA database_list")
            file = cursor.fetchone()[2]
        if file:
            folder = os.open(os.path.dirname(file), os.O_RDONLY)
            hold(lambda: flock(folder))
        return None
    if vendor not in ("postgresql", "mysql"):
        tell(f"cannot lock a {vendor} database: run only one setup at a time")
        return None
    lock = connection.copy()
    lock.settings_dict["OPTIONS"].pop("pool", None)
    question = postgresql_lock(name) if vendor == "postgresql" else f"SELECT GET_LOCK('{digest(TABLE, name)[:60]}', 0)"
    cursor = lock.cursor()
    hold(lambda: asked(cursor, question))
    return lock


def flock(folder):
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        tell(f"cannot lock the database: {told(error)}: run only one setup at a time")
    return True


def hold(attempt):
    began, pause = time.monotonic(), 0.1
    while not attempt():
        if pause == 0.1:
            tell("waiting for another setup of this database")
        time.sleep(pause)
        pause = min(pause * 1.5, 1)
    if pause > 0.1:
        tell(f"acquired the lock after {time.monotonic() - began:.1f} s")


def still_held(lock):
    if lock is not None and not lock.is_usable():
        raise Failed(f"the connection that holds the lock is closed: {SOON}")


# ---- the two jobs


def prepare():
    # Loads the project, as Django's own execute does it, and reads what of the
    # arguments of migrate concerns us: they are migrate's in all their spellings.
    import django
    from django.core.management import CommandError
    from django.core.management.base import CommandParser, handle_default_options

    parser = CommandParser(add_help=False)
    parser.add_argument("--settings")
    parser.add_argument("--pythonpath")
    parser.add_argument("--database", default="default")
    parser.add_argument("--plan", "--check", "-h", "--help", "--version", action="store_true", dest="idle")
    try:
        options = parser.parse_known_args(ARGUMENTS * (JOB == "setup"))[0]
    except CommandError as error:
        raise Failed(f"cannot read the arguments: {told(error)}")
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
    if options.idle:
        # Nothing is migrated, so nothing is noted either.
        connect(connection, False)
        return call(["migrate", "--noinput", *ARGUMENTS], **checks)
    try:
        connect(connection, True)
        lock = locked(connection)
        steps = history(connection)
    except Error as error:
        raise Failed(f"cannot prepare the database {connection.settings_dict['NAME']}: {told(error)}")
    call(["migrate", "--noinput", *ARGUMENTS], **checks)
    try:
        first_run(steps, connection, lock)
    except Error as error:
        raise Failed(f"cannot record the completed command: {told(error)}: {SOON}")
    tell(f"the database {connection.settings_dict['NAME']} is set up")


def wait():
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor
    from django.db.utils import Error

    global reason
    began, pause, silent = time.monotonic(), 0.25, True
    while True:
        try:
            executor = MigrationExecutor(connection)
            missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
            if not missing:
                break
            reason = f"{len(missing)} are not applied, beginning with {missing[0][0]}"
        except Error as error:
            reason = told(error)
            connection.close()
        if silent:
            tell(f"waiting for migrations (ENTRYPOINT_WAIT): {reason}")
            silent = False
        time.sleep(pause)
        pause = min(pause * 1.5, 3)
    if not silent:
        tell(f"migrations are ready after {time.monotonic() - began:.1f} s")


def in_vain():
    tell(f"migrations are not ready after {ARGUMENTS[1]}: {reason}")
    os._exit(124)


def work(_utility):
    try:
        options = prepare()
        setup(options) if JOB == "setup" else wait()
    except Failed as error:
        tell(error)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(0)


reason = "the project is still loading"
if JOB == "wait" and int(ARGUMENTS[0]):
    clock = threading.Timer(int(ARGUMENTS[0]) / 1000, in_vain)
    clock.daemon = True
    clock.start()

# manage.py knows the project's settings, and whatever else it prepares. We take
# over where it hands over to Django.
sys.path[0] = sys.path[0] or os.getcwd()
sys.argv = ["manage.py", "migrate"]
from django.core import management  # noqa: E402

management.ManagementUtility.execute = work
runpy.run_path(os.path.join(os.getcwd(), "manage.py"), run_name="__main__")
tell("cannot take over from manage.py: it does not call Django's execute_from_command_line")
sys.exit(1)
