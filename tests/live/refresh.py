"""refresh.py TOOL PORT SECRET: proves that a refresh token is sent once, whatever happens, before a provider that takes each of them once.

Killed: each of 200 times a run that refreshes an expired connection is killed (signal 9) at a random point. The next run has to pass, or
to say that the refresh is unfinished; then the person connects anew. The provider's log must hold no refresh token twice.
Crowds: each of 3 times 20 runs begin at once on one expired connection. The provider has to see one refresh, and all have to pass.
Interrupted: a run that is asked to end (SIGINT, SIGTERM) while its refresh is under way waits for the answer, so that nothing is lost.

Prints the seed; TUGTEST_REFRESH_SEED repeats one. About a minute and a half on 2 cores.
"""

import collections
import concurrent.futures
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time

from grant import Provider, fingerprint, moment

WORKERS, ROUNDS_EACH = 10, 20
CROWDS, CROWD = 3, 20
# How often each end of a killed run has to be met at least, for the points to have been random over a whole refresh.
AT_LEAST = 5

tool = os.path.abspath(sys.argv[1])
provider = Provider(sys.argv[2], sys.argv[3])


class Workspace:
    """A folder with one sealed connection of a client, and a scenario that uses it."""

    def __init__(self, folder, client):
        self.folder, self.client = folder, client
        self.environment = {"PATH": os.environ["PATH"], "HOME": folder, "XDG_CONFIG_HOME": os.path.join(folder, "config")}
        self.call("init")
        for name in os.listdir(os.path.join(folder, "scenarios")):
            os.remove(os.path.join(folder, "scenarios", name))
        probe = {"http": {"request": "GET /api/me", "accept": {"json": {"$.sub": "alice"}}, "account": "$.sub"}}
        with open(os.path.join(folder, "scenarios", "a.yaml"), "w") as file:
            json.dump({"workflow": "A", "steps": [{"name": "A", "app": "http", "connection": "one", "probe": probe}]}, file)
        fields = {"grant": "authorization-code", "client_id": client, "client_secret": provider.secret,
                  "token_url": provider.base + "/token", "base_url": provider.base}
        words = ["connections", "add", "one", "--app", "http", "--type", "oauth2"]
        self.call(*words, "--stdin", "--no-probe", "--yes", given=fields | self.connect())

    def connect(self):
        """What a person grants now, as fields."""
        granted = provider.code(self.client)
        self.expires = time.time() + granted["expires_in"]
        return {"access_token": granted["access_token"], "refresh_token": granted["refresh_token"],
                "expires_at": moment(granted["expires_in"])}

    def call(self, *words, given=None):
        given = None if given is None else json.dumps({"fields": given}).encode()
        done = subprocess.run([tool, *words], cwd=self.folder, env=self.environment, input=given, capture_output=True, timeout=60)
        assert done.returncode == 0, (words, done.returncode, done.stdout, done.stderr)

    def reconnect(self):
        self.call("connections", "edit", "one", "--stdin", "--no-probe", "--yes", given=self.connect())

    def begin(self):
        words = ["run", "--live", "--allow-refresh", "--no-progress", "--format", "json"]
        return subprocess.Popen([tool, *words], cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def end(self, process):
        """The verdict and the cause of a run that is left to end."""
        printed, complaint = process.communicate(timeout=60)
        try:
            step = json.loads(printed)["scenarios"][0]["steps"][0]
        except (ValueError, LookupError):
            raise AssertionError((process.returncode, printed, complaint)) from None
        return step["verdict"], step["cause"], step["message"]

    def expire(self):
        """Waits until the server's clock, which counts whole seconds, is past the life of the newest token."""
        time.sleep(max(0, self.expires + 1.1 - time.time()))


def killed(number, chance, longest):
    """Rounds of one connection: how they ended."""
    ends = collections.Counter()
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(folder, "fleeting")
        for _ in range(ROUNDS_EACH):
            workspace.expire()
            process = workspace.begin()
            time.sleep(chance.uniform(0, longest))
            process.send_signal(signal.SIGKILL)
            finished = process.wait() >= 0
            process.communicate()
            # How long a run takes depends on what else runs. One in five may end before it is killed, whatever that is.
            longest *= 0.93 if finished else 1.02
            verdict, cause, message = workspace.end(workspace.begin())
            workspace.expires = time.time() + 2
            if verdict == "pass":
                ends["finished before it was killed" if finished else "killed, the next passed"] += 1
            else:
                assert cause == "refresh-unfinished", (number, verdict, cause, message)
                ends["killed, the next said unfinished"] += 1
                again = workspace.end(workspace.begin())
                assert again[1] == "refresh-unfinished", (number, again)
                workspace.reconnect()
    return ends


def one_refresh(workspace, runs):
    """What these runs lead to on a connection that says that it has expired: one refresh, and that with its token."""
    granted = workspace.connect() | {"expires_at": moment(-60)}
    workspace.call("connections", "edit", "one", "--stdin", "--no-probe", "--yes", given=granted)
    before = len(provider.log(workspace.client))
    runs()
    seen = provider.log(workspace.client)[before:]
    assert [one["presented"] for one in seen] == [fingerprint(granted["refresh_token"])], seen
    assert seen[0]["outcome"] == "ok", seen


def crowd(folder):
    """Runs at once."""
    workspace = Workspace(folder, "crowd")

    def runs():
        processes = [workspace.begin() for _ in range(CROWD)]
        ends = [workspace.end(process) for process in processes]
        assert all(verdict == "pass" for verdict, _, _ in ends), ends

    one_refresh(workspace, runs)


def interrupted(folder, number):
    """A run that is asked to end while its refresh is under way, and the next one."""
    workspace = Workspace(folder, "crowd")

    def runs():
        before = len(provider.log("crowd"))
        process = workspace.begin()
        # The provider writes a request down and then holds its answer back.
        deadline = time.time() + 20
        while len(provider.log("crowd")) == before and time.time() < deadline:
            time.sleep(0.02)
        process.send_signal(number)
        workspace.end(process)
        assert process.returncode == 128 + number, process.returncode
        next_one = workspace.end(workspace.begin())
        assert next_one[0] == "pass", (number, next_one)

    one_refresh(workspace, runs)


def no_reuse(client):
    """No refresh token of the client stands twice in the provider's log, and none was refused."""
    refreshes = [one for one in provider.log(client) if one["grant"] == "refresh_token"]
    often = [token for token, count in collections.Counter(one["presented"] for one in refreshes).items() if count > 1]
    assert not often, f"sent more than once: {often}"
    refused = [one for one in refreshes if one["outcome"] != "ok"]
    assert not refused, refused
    return len(refreshes)


def alone(folder):
    """How long a run with a refresh takes, in seconds, when nothing else runs."""
    workspace = Workspace(folder, "fleeting")
    workspace.expire()
    begun = time.perf_counter()
    assert workspace.end(workspace.begin())[0] == "pass"
    return time.perf_counter() - begun


def main():
    seed = int(os.environ.get("TUGTEST_REFRESH_SEED") or random.SystemRandom().randrange(10**6))
    begun, before = time.perf_counter(), len(provider.log("fleeting"))
    with tempfile.TemporaryDirectory() as folder:
        single = alone(folder)
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        rounds = [pool.submit(killed, number, random.Random(seed + number), single * 1.4) for number in range(WORKERS)]
        ends = sum((one.result() for one in rounds), collections.Counter())
    refreshes = no_reuse("fleeting")
    print(f"refresh: seed {seed}, one run {single * 1000:.0f} ms; of {sum(ends.values())} runs: "
          + "; ".join(f"{count} {end}" for end, count in sorted(ends.items())))
    print(f"refresh: {refreshes} refresh tokens sent, none twice ({time.perf_counter() - begun:.0f} s)")
    assert before < refreshes and sum(ends.values()) == WORKERS * ROUNDS_EACH
    for end in ("killed, the next passed", "killed, the next said unfinished"):
        assert ends[end] >= AT_LEAST, f"too few: {end}"
    for _ in range(CROWDS):
        with tempfile.TemporaryDirectory() as folder:
            crowd(folder)
    for number in (signal.SIGINT, signal.SIGTERM):
        with tempfile.TemporaryDirectory() as folder:
            interrupted(folder, number)
    no_reuse("crowd")
    print(f"refresh: {CROWDS} crowds of {CROWD}: one refresh each, all pass; 2 interrupted: the refresh was awaited, the next passed "
          f"({time.perf_counter() - begun:.0f} s)")


main()
