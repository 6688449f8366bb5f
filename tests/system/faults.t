#!/usr/bin/env python3
"""Faults: every call of every kind of step fails once, in this launch, as this user.

The message names that step, the status is 125 (126 for the exec), nothing is left.  strace(1) counts
when= for each process, so the process and the ordinal of a call come from a dry run; where two processes
make the same call it is narrowed by a path.  A run counts only if its trace has exactly one (INJECTED)
line, in the step's process.
"""

import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from traced import (EMPTY, HAS_TIME, LINES, ROOT, SAMPLE, STATIC, UNREACHABLE, Census, Tap, command, match,
                    on_terminal, plan, startup_calls, step_kinds, trace)

# The steps that nobody makes by options alone: the default shell at a terminal.
SHELL_LINE = ["-p"] if os.geteuid() == 0 else ["-p", "--user"]
# Plumbing that can fail before the first step: the call, its ordinal, what the message calls it.
PREPARING = [("rt_sigprocmask", 1, "sigprocmask"), ("rt_sigaction", 1, "sigaction"),
             ("pidfd_open", 1, "pidfd_open"), ("mmap", 1, "mmap"), ("mprotect", 2, "mprotect")]
PREPARING_COPY = [("mmap", 2, "mmap"), ("socketpair", 1, "socketpair"), ("signalfd4", 1, "signalfd")]


def path_of(call):
    """A path among the arguments of a call, for strace -P; not of a child, whose pid is another in
    the next run."""
    for argument in call.arguments:
        if re.fullmatch(r'"/(?!proc/\d+/[ug]id_map)[^"\\]+"', argument):
            return argument[1:-1]
    return None


def ordinal(calls, call, path=None):
    """The how-manieth call of that name it is in its process (of those with that path)."""
    count = 0
    for other in calls:
        if other.pid == call.pid and other.name == call.name and (
                path is None or path_of(other) == path):
            count += 1
        if other is call:
            return count
    return 0


def expression(calls, call, fault):
    """How strace picks this very call for that fault: options, or None if it can't."""
    n = ordinal(calls, call)
    if call.name == "execve" and call.process == "outside":
        n -= 1      # strace does not count the one that starts nsrun
    # Where it fails, nothing that the others would do later comes to pass.
    others = [c for c in calls[:calls.index(call)] if c.pid != call.pid and c.name == call.name]
    # nsrun's own failure path opens files, writes and clones too, after that.
    if call.process != "outside" and call.name in ("openat", "write"):
        others.append(call)
    if len(others) < n:
        return ["-e", "inject=%s:%s:when=%d" % (call.name, fault, n)]
    path = path_of(call)
    if call.name in ("openat", "execve") and path:
        return ["-P", path, "-e", "inject=%s:%s:when=%d" % (call.name, fault, ordinal(calls, call, path))]
    return None


# The one call that has to fail: its fault is to succeed.
FORBIDDEN = {"user.sealed": "it made a further user namespace"}


def wanted_error(planned, step):
    return "nsrun: step %d of %d, %s: %s: %s\n" % (
        step["number"], len(planned["steps"]), step["step"], step["call"],
        FORBIDDEN.get(step["step"], "Input/output error (EIO)"))


def fault(tap, words, planned, step, call, options, environment, census):
    """One run with one failing call: whether it was hit; None if it can't be told from another."""
    argv = command(words)
    with on_terminal(environment is not None) as stdin:
        calls, done, injected = trace(argv, planned, options, environment, stdin)
    error = "".join(line for line in done.stderr.decode(errors="replace").splitlines(True)
                    if not line.startswith("nsrun: trace: "))
    status = 126 if step["step"] == "exec" else 125
    # What makes a clock read a value is computed at the launch.
    error, wanted = (re.sub(r'boottime -?\d+ \d+\\n", \d+', "boottime N", text)
                     for text in (error, wanted_error(planned, step)))
    # nsrun reads the id maps for its hint.
    if len(injected) > 1 and any("O_RDONLY" in line for line in injected):
        return None
    hits = [(c.process, c.name) for c in calls if "(INJECTED)" in c.result]
    # Under -P the trace has the calls with that path alone, and so no names for processes.
    hit = hits == [(call.process, call.name)] or (
        "-P" in options and [name for _, name in hits] == [call.name])
    tap.ok(hit and done.returncode == status and error == wanted and census.is_same(),
           "%s, %s: %s fails" % (step["step"], step["actor"], call.name),
           "nsrun %s" % " ".join(words), "status %d, wanted %d" % (done.returncode, status),
           "got    " + error, "wanted " + wanted, "injected: %s" % injected,
           census.difference())
    return hit


def is_enough(step, seen):
    """Whether this kind of step need not fail once more: in a sample one of its calls does."""
    return SAMPLE[1] > 1 and any(key[0] == step["step"] and was_hit for key, was_hit in seen.items())


def faults_of(tap, words, environment, seen, census):
    """Every call of a command line that was not failed before."""
    planned = plan(words, environment)
    if all(is_enough(step, seen) for step in planned["steps"]):
        return
    with on_terminal(environment is not None) as stdin:
        calls, _, _ = trace(command(words), planned, (), environment, stdin)
    found, wrong = match(planned, calls, STARTUP)
    if wrong:
        tap.ok(False, "a dry run of nsrun " + " ".join(words), *wrong)
        return
    for last in (s for s in planned["steps"] if s["step"] == "supervise"):
        found += [(last, c) for c in calls[calls.index(found[-1][1]):] if c.process == "outside" and
                  c.name in ("waitid", "rt_sigtimedwait")][:2]
    for step, call in found:
        path = path_of(call) if call.name == "openat" else None
        key = (step["step"], call.process, call.name, path, sum(
            1 for s, c in found[:found.index((step, call))] if s is step and c.name == call.name))
        if key in seen or is_enough(step, seen):
            continue
        options = expression(calls, call, "retval=0" if step["step"] in FORBIDDEN else "error=EIO")
        if options is None:
            # Another call of the same step stands for it; that one does is checked at the end.
            continue
        hit = fault(tap, words, planned, step, call, options, environment, census)
        if hit is not None:
            seen[key] = hit


def preparing(tap, census):
    rows = PREPARING + (PREPARING_COPY if os.environ.get("NSRUN_LAUNCH") == "copy" else [])
    words = LINES[0]
    for name, when, said in rows:
        _, done, injected = trace(command(words), plan(words),
                                  ["-e", "inject=%s:error=EIO:when=%d" % (name, when)])
        error = done.stderr.decode()
        wanted = "nsrun: before step 1: %s: Input/output error (EIO)\n" % said
        # Both launches have as many tests: those of one alone are told as comments.
        passed = len(injected) == 1 and done.returncode == 125 and error == wanted and census.is_same()
        if (name, when, said) in PREPARING or not passed:
            tap.ok(passed, "before step 1: %s fails" % name, error, wanted, injected)


tap = Tap()
if not STATIC:
    tap.skip("faults", "a dynamic program makes calls of its loader's")
    tap.finish()
STARTUP = startup_calls()
census = Census()
seen = {}
for line in LINES:
    faults_of(tap, line, None, seen, census)
faults_of(tap, SHELL_LINE, dict(os.environ, SHELL=EMPTY), seen, census)
preparing(tap, census)
hit = {key[0] for key, was_hit in seen.items() if was_hit}
# Outside asked the same before, by the same call: strace can't tell the two.  See test_join.  And what
# stops a trial (--check) makes no call.
missed = step_kinds() - hit - UNREACHABLE - {"join.file", "join.process", "stop"}
# For an ordinary user --save ends at its first mount, and strace sees nothing of a join (traced.py).
if not ROOT:
    missed = {k for k in missed if not k.startswith(("save.", "join.", "cgroup.", "user.unshare"))}
if not HAS_TIME:
    missed = {k for k in missed if not k.startswith("time.")}
tap.ok(not missed, "every kind of step was hit", "missed: %s" % sorted(missed))
print("# %d runs, %d hits, %d misses; kinds: %s" % (
    len(seen), sum(seen.values()), len(seen) - sum(seen.values()), " ".join(sorted(hit))))
tap.finish()
