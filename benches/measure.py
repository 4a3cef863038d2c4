"""Runs commands side by side and compares them: wall time, CPU time (user and system), peak resident memory.

usage: measure.py ROUNDS TUGTEST HURL FOLDER NGINX_URL SLOW_URL

In each round the commands of a case run one after the other, the order reversed every second round, so that what else the machine
does falls on all alike. The figures are medians; a ratio is the first command's figure divided by this one's. A command that does
not exit with 0, or after which the server has not seen as many requests as there are checks, ends the measurement: it has not done
the work.
"""
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

ROUNDS, TUGTEST, HURL, FOLDER, NGINX, SLOW = int(sys.argv[1]), *sys.argv[2:]
ENVIRONMENT = dict(os.environ, HURL_SECRET_token=os.environ["BENCH_TOKEN"], NO_COLOR="1")


def tugtest(count, jobs, *more):
    limits = ["--jobs", str(jobs), "--per-host", str(jobs)] if jobs else []
    return [TUGTEST, "run", "--live", "--no-progress", *limits, *more, f"{FOLDER}/{count}/tugtest/scenarios"]


def slow_tugtest(count, jobs):
    return [*tugtest(count, jobs)[:-1], f"{FOLDER}/slow-{count}/tugtest/scenarios"]


def hurl(count, jobs, url=NGINX):
    limits = ["--jobs", str(jobs)] if jobs else []
    return [HURL, "--test", "--no-color", *limits, "--variable", f"base={url}", f"{FOLDER}/{count}/hurl"]


def run(command):
    """One run: seconds on the clock, seconds of CPU, MB of memory at the most.

    GNU time stands between: the kernel counts the memory of whoever starts a command as the command's own, and time is small.
    """
    with tempfile.NamedTemporaryFile("r") as peak:
        begin = time.perf_counter()
        wrapped = ["/usr/bin/time", "-f", "%M", "-o", peak.name, *command]
        child = subprocess.Popen(wrapped, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=ENVIRONMENT)
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.perf_counter() - begin
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode != 0:
            sys.exit(f"exit {child.returncode}: {' '.join(command)}")
        return wall, usage.ru_utime + usage.ru_stime, int(peak.read().split()[-1]) / 1024


def served(server):
    """How many requests a server has seen so far."""
    with urllib.request.urlopen(f"{server}/served") as answer:
        numbers = re.findall(r"\d+", answer.read().decode())
    return int(numbers[3] if len(numbers) > 1 else numbers[0])  # nginx: active, accepted, handled, requests, ...


def compare(title, commands, rounds=ROUNDS, server=None):
    """Runs the commands in turn and prints a row for each, with the ratio of the first to it. A command's name says how many checks."""
    for name, command in commands.items():
        before = served(server) if server else 0
        run(command)  # warm: the files are in the page cache for everybody
        checks = re.search(r"[\d,]+", name + title)
        if server and served(server) - before < int(checks[0].replace(",", "")):
            sys.exit(f"{name}: {served(server) - before} requests for {checks[0]} checks")
    figures = {name: [] for name in commands}
    for round_ in range(rounds):
        for name in list(commands) if round_ % 2 == 0 else reversed(list(commands)):
            figures[name].append(run(commands[name]))
    medians = {name: [statistics.median(column) for column in zip(*rows)] for name, rows in figures.items()}
    first = next(iter(medians.values()))
    for name, median in medians.items():
        low, high = min(row[0] for row in figures[name]), max(row[0] for row in figures[name])
        ratios = " | ".join(f"{ours / theirs:.2f}" for ours, theirs in zip(first, median)) if median is not first else "1 | 1 | 1"
        print(f"| {title} | {name} | {median[0]:.3f} ({low:.3f}-{high:.3f}) | {median[1]:.3f} | {median[2]:.1f} | {ratios} |", flush=True)
    return medians


def main():
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(8192, resource.getrlimit(resource.RLIMIT_NOFILE)[1]),) * 2)
    print("| case | command | wall s: median (least-most) | CPU s | peak MB | wall ratio | CPU ratio | memory ratio |")
    print("|---|---|---|---|---|---|---|---|")
    for jobs in (1, 2, 8, 32):
        compare(f"1,000 checks, {jobs} at a time", {"tugtest": tugtest(1000, jobs), "hurl": hurl(1000, jobs)}, server=NGINX)
    compare("1,000 checks, defaults", {"tugtest": tugtest(1000, None), "hurl": hurl(1000, None)}, server=NGINX)
    reports = ["--output", f"json={FOLDER}/out.json", "--output", f"junit={FOLDER}/out.xml"]
    hurl_reports = [*hurl(1000, 8)[:-1], "--report-json", f"{FOLDER}/hurl-json", "--report-junit", f"{FOLDER}/hurl.xml", f"{FOLDER}/1000/hurl"]
    clean = ["sh", "-c", f'rm -rf {FOLDER}/hurl-json {FOLDER}/hurl.xml; exec "$@"', "sh"]  # hurl adds to what is there
    compare("1,000 checks, 8 at a time, JSON and JUnit", {"tugtest": tugtest(1000, 8, *reports), "hurl": [*clean, *hurl_reports]}, server=NGINX)
    slow = {"tugtest": slow_tugtest(1000, 512), "hurl": hurl(1000, 512, SLOW)}
    compare("1,000 checks, 50 ms each, 512 at a time", slow, server=SLOW)
    growth = {"tugtest 10,000": tugtest(10000, 32), "tugtest 1,000": tugtest(1000, 32)}
    compare("growth, 32 at a time", growth, server=NGINX)
    many = {"tugtest": tugtest(10000, 32), "hurl": hurl(10000, 32)}
    compare("10,000 checks, 32 at a time", many, max(3, ROUNDS // 3), server=NGINX)
    compare("start-up: --version", {"tugtest": [TUGTEST, "--version"], "hurl": [HURL, "--version"]}, 2 * ROUNDS)
    compare("start-up: one check", {"tugtest": tugtest(1, 1), "hurl": hurl(1, 1)}, 2 * ROUNDS)
    compare("start-up: one mocked step", {"tugtest": [TUGTEST, "run", "--no-progress", f"{FOLDER}/1/mocked/scenarios"]}, 2 * ROUNDS)


main()
