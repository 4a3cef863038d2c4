"""Runs commands side by side and compares them: wall time, CPU time (user and system), peak resident memory.

usage: measure.py ROUNDS TUGTEST HURL FOLDER NGINX_URL SLOW_URL

In each round the commands of a case run one after the other, the order reversed every second round, so that what else the machine
does falls on all alike. The figures are medians; a ratio is ours divided by the other's, below 1 when ours is less. A command that
does not exit with 0 ends the measurement: a run that failed has not done the work.
"""
import os
import resource
import statistics
import subprocess
import sys
import time

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
    """One run: seconds on the clock, seconds of CPU, MB of memory at the most."""
    begin = time.perf_counter()
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=ENVIRONMENT)
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.perf_counter() - begin
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        sys.exit(f"exit {child.returncode}: {' '.join(command)}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def compare(title, commands, rounds=ROUNDS):
    """Runs the commands in turn and prints a row for each, with the ratio of the first to it."""
    for command in commands.values():
        run(command)  # warm: the files are in the page cache for everybody
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
        compare(f"1,000 checks, {jobs} at a time", {"tugtest": tugtest(1000, jobs), "hurl": hurl(1000, jobs)})
    compare("1,000 checks, defaults", {"tugtest": tugtest(1000, None), "hurl": hurl(1000, None)})
    compare(
        "1,000 checks with reports",
        {
            "tugtest": tugtest(1000, 8, "--output", f"json={FOLDER}/out.json", "--output", f"junit={FOLDER}/out.xml"),
        },
    )
    compare("1,000 checks, 50 ms each, 512 at a time", {"tugtest": slow_tugtest(1000, 512), "hurl": hurl(1000, 512, SLOW)})
    compare("10,000 checks against 1,000, 32 at a time", {"tugtest, 10,000": tugtest(10000, 32), "tugtest, 1,000": tugtest(1000, 32)})
    compare("10,000 checks, 32 at a time", {"tugtest": tugtest(10000, 32), "hurl": hurl(10000, 32)}, max(3, ROUNDS // 3))
    compare("start-up: --version", {"tugtest": [TUGTEST, "--version"], "hurl": [HURL, "--version"]}, 2 * ROUNDS)
    compare("start-up: one check", {"tugtest": tugtest(1, 1), "hurl": hurl(1, 1)}, 2 * ROUNDS)
    compare("start-up: one mocked step", {"tugtest": [TUGTEST, "run", "--no-progress", f"{FOLDER}/1/mocked/scenarios"]}, 2 * ROUNDS)


main()
