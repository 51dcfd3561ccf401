"""Runs commands in turn and compares what they cost."""
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time


def peak(pid):
    """The peak memory of a process in MiB, sampled until it ends. (The figure of wait4 includes this script's own.)"""
    most = 0.0
    while os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        try:
            status = pathlib.Path(f"/proc/{pid}/status").read_text()
            most = max([most, *(int(line.split()[1]) / 1024 for line in status.splitlines() if "VmHWM" in line)])
        except OSError:
            pass
        time.sleep(0.0005)
    return most


def run(command, env, watched=False):
    """One run: wall and CPU seconds, peak memory where it is watched, exit code, standard output."""
    with tempfile.TemporaryFile() as out:
        before = time.perf_counter()
        pid = os.posix_spawn(command[0], command, env, file_actions=[
            (os.POSIX_SPAWN_DUP2, out.fileno(), 1),
            (os.POSIX_SPAWN_OPEN, 2, "/dev/null", os.O_WRONLY, 0),
            (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
        ])
        mem = peak(pid) if watched else None
        _, status, usage = os.wait4(pid, 0)
        wall = time.perf_counter() - before
        out.seek(0)
        text = out.read()
    return {"wall": wall, "cpu": usage.ru_utime + usage.ru_stime, "mem": mem,
            "code": os.waitstatus_to_exitcode(status), "out": text}


def measure(server, env, commands, rounds, expected_codes=(0,)):
    """Every command in turn in each round. A first round warms up; memory is watched only in it."""
    found = {name: [] for name in commands}
    for number in range(rounds + 1):
        for name, command in commands.items():
            before = server.connections()
            one = run(command, env, watched=number == 0)
            one["connections"] = server.connections() - before - 1
            if one["code"] not in expected_codes:
                sys.exit(f"{name} ended with {one['code']}: {one['out'][:500]!r}")
            found[name].append(one)
    for runs in found.values():
        for one in runs[1:]:
            one["mem"] = runs[0]["mem"]
    return {name: runs[1:] for name, runs in found.items()}


def instructions(command, env):
    """The instructions in user space of one run."""
    with tempfile.NamedTemporaryFile() as file:
        valgrind = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={file.name}", *command]
        done = subprocess.run(valgrind, env=env, capture_output=True)
    return int(re.search(rb"Collected : (\d+)", done.stderr)[1])


def median(runs, what):
    return statistics.median(one[what] for one in runs)


def ratio(ours, theirs, what):
    return statistics.median(a[what] / b[what] for a, b in zip(ours, theirs))


def table(title, found, ours):
    print(f"\n### {title}\n")
    print("| | wall | CPU | peak memory | connections | our wall / its | our CPU / its |")
    print("|---|---|---|---|---|---|---|")
    for name, runs in found.items():
        wall, cpu = (f"{ratio(found[ours], runs, w):.2f}" if name != ours else "" for w in ("wall", "cpu"))
        print(f"| `{name}` | {median(runs, 'wall') * 1000:,.1f} ms | {median(runs, 'cpu') * 1000:,.1f} ms "
              f"| {median(runs, 'mem'):.1f} MiB | {median(runs, 'connections'):.0f} | {wall} | {cpu} |")
    sys.stdout.flush()
