"""Stops at a place that the test chooses, until the test continues it.

AT is the number of an SQL statement, counted over all connections, or the name of a place. The
process writes CUT/here there, and continues when CUT/go exists.
"""

import os
import time
from pathlib import Path

CUT = Path(os.environ.get("CUT", "/cut"))
AT = os.environ.get("AT")
count = 0


def at(place):
    if str(place) != AT:
        return
    (CUT / "here").write_text("")
    while not (CUT / "go").exists():
        time.sleep(0.02)


def statement(execute, sql, params, many, context):
    global count
    count += 1
    if os.environ.get("STATEMENTS"):
        print(f"statement {count}: {sql}")
    at(count)
    return execute(sql, params, many, context)


def connected(connection, **_):
    if statement not in connection.execute_wrappers:
        connection.execute_wrappers.append(statement)
