"""Runs inside the container: measures each client in turn and prints a table."""

import os
import statistics
import sys
import time

PAGE = "http://127.0.0.1:8000/"
ONE_LINER = f"import urllib.request; urllib.request.urlopen('{PAGE}', timeout=5)"
CLIENTS = {
    "curl": ["/usr/bin/curl", "-fsS", "-m", "5", "-o", "/dev/null", PAGE],
    "python -c": ["/ve/bin/python", "-c", ONE_LINER],
    "docker-entrypoint healthcheck": ["/usr/local/bin/docker-entrypoint", "healthcheck"],
}


def measure(command):
    """Returns the elapsed time and the CPU time in milliseconds."""
    quiet = [(os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0)]
    start = time.perf_counter_ns()
    _, status, used = os.wait4(os.posix_spawn(command[0], command, os.environ, file_actions=quiet), 0)
    assert status == 0, command
    return (time.perf_counter_ns() - start) / 1e6, (used.ru_utime + used.ru_stime) * 1e3


def main():
    figures = {client: [] for client in CLIENTS}
    for _ in range(int(sys.argv[1])):
        for client, command in CLIENTS.items():
            figures[client].append(measure(command))
    medians = {client: [statistics.median(one) for one in zip(*pairs)] for client, pairs in figures.items()}
    base = medians["curl"][0]
    print(f"{'one page of a web container':32} {'ms':>7} {'CPU ms':>7} {'ratio':>6}")
    for client, (elapsed, cpu) in medians.items():
        print(f"{client:32} {elapsed:7.1f} {cpu:7.1f} {elapsed / base:6.2f}")


main()
