#!/usr/bin/env python3
"""Killed: each process, at each kind of step, by KILL, TERM, INT and TSTP.

strace(1) delays a call of the step; meanwhile the signal goes to one process by its pid.  Contract,
sections 4 and 5: nsrun's death takes everybody along; TERM and INT to it end the launch or, in the
sharing launch, the command; a killed child is reported as such; and nobody ever waits for ever.
"""

import concurrent.futures
import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from traced import (CAN_JUDGE, LINES, SAMPLE, SAVED, SLOW, STATIC, USER, AsUser, Census, Tap, command, match,
                    plan, release, startup_calls, trace)

DELAY = 150_000 * SLOW      # microseconds that a call is held
LIMIT = 10 * SLOW           # seconds for one run
SIGNALS = [signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGTSTP]
PAYLOAD = ["sleep", "1000"]
MISSED = "missed: "


def state(pid):
    with contextlib.suppress(OSError):
        return open("/proc/%d/stat" % pid).read().rsplit(")", 1)[1].split()[0]
    return None


def children(pid):
    with contextlib.suppress(OSError):
        return [int(p) for p in open("/proc/%d/task/%d/children" % (pid, pid)).read().split()]
    return []


def until(question, seconds=LIMIT):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        answer = question()
        if answer:
            return answer
        time.sleep(0.002)
    return None


def is_held(pid):
    """Whether strace holds it: a stop that lasts."""
    if state(pid) != "t":
        return False
    time.sleep(0.02 * SLOW)
    return state(pid) == "t"


def name_of(pid):
    with contextlib.suppress(OSError):
        return open("/proc/%d/comm" % pid).read().strip()
    return None


def is_executed(pid):
    return name_of(pid) == PAYLOAD[0]


class Run:
    """A launch under strace with one call held, and a signal to one of its processes meanwhile."""

    def __init__(self, words, step, call, when, target, number):
        self.step, self.call, self.when = step, call, when
        # Others run at the same time.
        self.words = type(words)(SAVED + "-%d" % id(self) if w == SAVED else w for w in words)
        self.target, self.number = target, number
        # Killed while it waits for the turn, a process has reached the next step of its own.
        if target != "outside":
            self.reached = next(s for s in step["all"][step["number"] - 1:] if s["actor"] == target)
        self.name = "%s at %s of %s to %s" % (number.name, step["step"], step["actor"], target)

    def go(self):
        """What went wrong, or None.  A busy machine may miss the moment: then with a longer one."""
        for delay in (DELAY, 4 * DELAY, 16 * DELAY):
            wrong = self.once(delay)
            # What was killed may leave a directory, which --release takes.
            release(self.words)
            if wrong is None or not wrong.startswith(MISSED):
                break
        return wrong

    def once(self, delay):
        with tempfile.NamedTemporaryFile(prefix="nsrun-killed-") as log:
            tracer = subprocess.Popen(
                ["strace", "-f", "--quiet=all", "-o", log.name, "-e",
                 "inject=%s:delay_enter=%d:when=%s" % (self.call.name, delay, self.when),
                 *(["-u", USER] if isinstance(self.words, AsUser) else []), *command(self.words)],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                # A job of its own: stopped, it must not get the HUP of another that is orphaned.
                preexec_fn=lambda: os.setpgid(0, 0))
            try:
                return self.judge(tracer)
            finally:
                with contextlib.suppress(OSError):
                    os.killpg(tracer.pid, signal.SIGKILL)
                tracer.wait()

    def process_of(self, actor, outside):
        """The pid of an actor, or None: nsrun's children are there in the order of their birth, the
        dead ones too."""
        if actor == "outside":
            return outside
        there, place = children(outside), children_of(self.step["all"]).index(actor)
        return there[place] if place < len(there) else None

    def judge(self, tracer):
        # strace has other children at first, which try what ptrace(2) can do.
        outside = until(lambda: [p for p in children(tracer.pid) if name_of(p) == "nsrun"])
        if not outside:
            return MISSED + "nsrun did not start"
        outside = outside[0]
        held = until(lambda: self.process_of(self.step["actor"], outside))
        if not held:
            return MISSED + "%s was not born" % self.step["actor"]
        if not until(lambda: is_held(held)):
            return MISSED + "%s was not held at %s" % (self.step["actor"], self.call.name)
        victim = self.process_of(self.target, outside)
        if not victim:
            return MISSED + "nobody to signal"
        os.kill(victim, self.number)
        if self.number == signal.SIGTSTP or self.target != "outside":
            self.end(tracer, outside)
        try:
            error = tracer.communicate(timeout=LIMIT)[1].decode(errors="replace")
            error = "".join(l for l in error.splitlines(True)
                            if not l.startswith(("strace: ", "nsrun: note: ")))
        except subprocess.TimeoutExpired:
            return "it hangs: %s" % open("/proc/%d/stat" % outside).read()
        return self.wrong(tracer.returncode, error)

    def end(self, tracer, outside):
        """The command may run on, as without a signal: then TERM ends it, also where it is stopped."""
        until(lambda: tracer.poll() is not None or any(map(is_executed, children(outside))))
        end = time.monotonic() + LIMIT
        while tracer.poll() is None and time.monotonic() < end:
            with contextlib.suppress(OSError):
                os.kill(outside, signal.SIGTERM)
                os.kill(outside, signal.SIGCONT)
            time.sleep(0.02)

    def wrong(self, status, error):
        """strace ends as nsrun ended."""
        killed = "its process was killed by SIG%s\n" % self.number.name[3:]
        if self.target == "outside":
            allowed = {signal.SIGTSTP: [-signal.SIGTERM]}.get(self.number, [-self.number])
            if status not in allowed:
                return "it ended with %d, wanted %s\n%s" % (status, allowed, error)
            return "it said: " + error if error else None
        if self.number == signal.SIGKILL:
            # At the exec it cannot be told from a command that was killed.
            if self.step["step"] == "exec" and status == -signal.SIGKILL:
                return None
            wanted = "nsrun: step %d of %d, %s: " % (
                self.reached["number"], self.step["of"], self.reached["step"])
            if status != 125 or not error.startswith(wanted) or killed not in error:
                # A busy machine may hold it at an earlier call for as long: once more.
                return MISSED + "it ended with %d and said: %s\nwanted: %s...%s" % (
                    status, error, wanted, killed)
            return None
        # A signal to inside alone waits until the mask is restored; PID 1 drops it, and between ends with it.
        if status not in (-self.number, -signal.SIGTERM):
            return "it ended with %d and said: %s" % (status, error)
        return None


def children_of(steps):
    """The actors that a plan makes, in the order of their birth."""
    return [a for a in ("between", "inside") if any(s["actor"] == a for s in steps)]


def alive(steps, step):
    """The actors that are there while a step runs: between ends with its clone."""
    def clone_of(actor):
        return next(i for i, s in enumerate(steps) if s["actor"] == actor) - 1
    now = steps.index(step)
    yield "outside"
    if step["actor"] != "inside" and "between" in children_of(steps) and (
            clone_of("between") < now <= clone_of("inside")):
        yield "between"
    if clone_of("inside") < now:
        yield "inside"


def ordinal(calls, call):
    same = [c for c in calls if c.process == call.process and c.name == call.name]
    count = [c is call for c in same].index(True) + 1
    if call.name == "execve" and call.process == "outside":
        count -= 1      # strace does not count the one that starts nsrun
    return count


def number_of(planned, name):
    """The number of the first step of that name."""
    return next(s["number"] for s in planned["steps"] if s["step"].startswith(name))


def sample(ways, place):
    """All ways to kill at one step; in a sample one of them, another on each machine."""
    number, distance = SAMPLE
    return ways if distance == 1 else [ways[(place + number) % len(ways)]]


def key_of(step):
    """What is tried once; in a sample each kind of step by one of the actors."""
    return step["step"] if SAMPLE[1] > 1 else (step["step"], step["actor"])


def runs():
    """A run for each kind of step, actor, target and signal."""
    startup, seen = startup_calls(), set()
    for words in LINES:
        words = type(words)(words[:words.index("--") + 1] + PAYLOAD)
        if "--no-fork" in words:
            continue        # nobody to be killed but nsrun itself
        dry = type(words)(words[:-len(PAYLOAD)] + ["true"])
        planned = plan(dry)
        if all(key_of(s) in seen for s in planned["steps"] if s["number"] <= number_of(planned, "exec")):
            continue
        calls, _, _ = trace(command(dry), planned)
        found, _ = match(planned, calls, startup)
        for step, call in found:
            key = key_of(step)
            # Behind the exec it is the command that gets the signal.
            if key in seen or step["number"] > number_of(planned, "exec"):
                continue
            seen.add(key)
            targets = list(alive(planned["steps"], step))
            step = dict(step, of=len(planned["steps"]), all=planned["steps"])
            ways = [(target, number) for target in targets for number in SIGNALS]
            if not CAN_JUDGE and "pid" in planned["new"]:
                ways = [w for w in ways if w[1] == signal.SIGKILL]
            for target, number in sample(ways, len(seen)):
                yield Run(words, step, call, ordinal(calls, call), target, number)


tap = Tap()
if not STATIC:
    tap.skip("killed", "a dynamic program makes calls of its loader's")
    tap.finish()
census = Census()
todo = list(runs())
with concurrent.futures.ThreadPoolExecutor(6 if SLOW == 1 else 2) as pool:
    for run, wrong in zip(todo, pool.map(Run.go, todo)):
        tap.ok(wrong is None, run.name, "nsrun " + " ".join(run.words), wrong)
tap.ok(census.is_same(), "nobody and nothing is left", census.difference())
print("# %d runs, sample %d/%d" % (len(todo), *SAMPLE))
tap.finish()
