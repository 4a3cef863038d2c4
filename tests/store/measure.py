"""Times the store: ten thousand sealed connections listed, one opened, and what memory that takes. Fails where a promise is broken."""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time

LIST_SECONDS, OPEN_SECONDS, MEMORY_TIMES = 1.0, 0.020, 4.0
tool = os.path.abspath(sys.argv[1])


def run(folder, *words, given=None):
    environment = {"PATH": os.environ["PATH"], "HOME": folder, "XDG_CONFIG_HOME": os.path.join(folder, "config"), "USER": "canary"}
    begun = time.perf_counter()
    process = subprocess.Popen([tool, *words], cwd=folder, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL)
    printed, _ = process.communicate(given)
    taken = time.perf_counter() - begun
    assert process.returncode == 0, (words, process.returncode)
    return taken, printed


def memory(folder, *words):
    """The most memory of a run, in KiB, by a child that does nothing else."""
    script = ("import resource, subprocess, sys; subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True); "
              "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)")
    environment = {"PATH": os.environ["PATH"], "HOME": folder, "XDG_CONFIG_HOME": os.path.join(folder, "config")}
    output = subprocess.run([sys.executable, "-c", script, tool, *words], cwd=folder, env=environment, capture_output=True, check=True)
    return int(output.stdout)


def fill(folder, count):
    run(folder, "init")
    fields = json.dumps({"fields": {"api_key": "pk_canary_canary_canary_canary_1"}}).encode()
    run(folder, "connections", "add", "c0", "--app", "klaviyo", "--stdin", "--no-probe", given=fields)
    with open(os.path.join(folder, "connections", "c0.yaml")) as file:
        text = file.read()
    for number in range(1, count):
        with open(os.path.join(folder, "connections", f"c{number}.yaml"), "w") as file:
            file.write(text)
    with open(os.path.join(folder, "scenarios", "a.yaml"), "w") as file:
        file.write("workflow: A\nsteps:\n  - {name: X, app: klaviyo, connection: c0}\n")


def median(times):
    return sorted(times)[len(times) // 2]


with tempfile.TemporaryDirectory() as small, tempfile.TemporaryDirectory() as large:
    fill(small, 100)
    fill(large, 10_000)
    listed = median([run(large, "connections", "list")[0] for _ in range(5)])
    rows = run(large, "connections", "list")[1].count(b"klaviyo")
    opened = median([run(large, "connections", "show", "c0")[0] for _ in range(9)])
    one, many = memory(small, "connections", "list"), memory(large, "connections", "list")
    print(f"list of {rows} sealed connections: {listed * 1000:.0f} ms; one opened among them: {opened * 1000:.1f} ms")
    print(f"memory of the list: {one / 1024:.1f} MB for 100, {many / 1024:.1f} MB for 10,000")
    assert rows == 10_000, rows
    assert listed < LIST_SECONDS, "the list takes too long"
    assert opened < OPEN_SECONDS, "opening one takes too long"
    assert many < one * MEMORY_TIMES, "memory grows with the number of connections"
