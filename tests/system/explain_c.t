#!/usr/bin/env python3
"""The programs of --explain=c compile without a warning, and make the calls of the plan.

For each command line of the drift test: what strace sees of the program equals, in process, name,
arguments and order, the calls of --explain=json, which are nsrun's (drift.t).  A kind of step without its
code makes none and fails.
"""

import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from traced import (EMPTY, HAS_TIME, LINES, ROOT, SAVED, STATIC, UNREACHABLE, Census, Tap, explain, match, on_terminal,
                    plan, release, startup_calls, step_kinds, trace)

# Questions, which the programs do not ask.
QUESTIONS = {"statx", "getdents64"}
# By which nsrun catches what newuidmap(1) says; theirs goes to standard error.
WORDS = {"pipe2", "dup2"}
# What the programs have and nsrun does not: the simple end.
END = "wait4"
T = tempfile.mkdtemp(prefix="nsrun-test-")
os.chmod(T, 0o755)


def build(source, name):
    """The path of the program, and what the compiler said."""
    path = os.path.join(T, name)
    with open(path + ".c", "wb") as file:
        file.write(source)
    done = subprocess.run(["gcc", "-Wall", "-Wextra", "-O2", "-static", "-o", path, path + ".c"],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return path, done.stdout.decode(errors="replace")


def is_shown(step, call):
    """Whether a call of the plan is one of the programs, too."""
    name = call.split("(")[0]
    return name not in QUESTIONS and not (name in WORDS and step["step"].endswith("idmap"))


def same_calls(tap, words, startup, environment=None):
    planned = plan(words, environment)
    for step in planned["steps"]:
        step["calls"] = [c for c in step["calls"] if is_shown(step, c)]
    path, said = build(explain(words, "c", environment), "lesson")
    wrong, status = [said], None
    if not said:
        with on_terminal(environment is not None) as stdin:
            calls, done, _ = trace(type(words)([path]), planned, (), environment, stdin)
        _, wrong = match(planned, [c for c in calls if c.name != END], startup)
        status = done.returncode
        wrong += [] if status == 0 else ["status %d: %s" % (status, done.stderr.decode(errors="replace"))]
    release(["--save", SAVED])
    tap.ok(not wrong, "nsrun --explain=c " + " ".join(map(repr, words)), *wrong)
    return {s["step"] for s in planned["steps"]}


# Words that C reads otherwise than they stand, also in a comment: trigraphs, ends, escapes, bytes, octal digits.
ODD = ["*/ /*", "??/", "%s\\n\"", "\n\t", "\u202egr\u00f6\u00dfe\u0085".encode(), b"\x017\xff8", "'", ""]

# Command lines, and status, output and words of their programs.
ENDINGS = [
    (["--", "sh", "-c", "exit 3"], 3, b"", b""),
    (["--", "sh", "-c", "kill -TERM $$"], 143, b"", b""),
    (["--", "/absent"], 127, b"", b"exec: No such file or directory\n"),
    (["--", "/etc/passwd"], 126, b"", b"exec: Permission denied\n"),
    (["-w", "/absent */", "--", "true"], 125, b"", b"chdir: No such file or directory\n"),
    (["-T", "-w", "/absent", "--", "true"], 125, b"", b"chdir: No such file or directory\n"),
    (["--hostname", "*/??/\"\\", "--", "hostname"], 0, b"*/??/\"\\\n", b""),
    (["--", "printf", "<%s>"] + ODD, 0,
     b"".join(b"<%s>" % (w if isinstance(w, bytes) else w.encode()) for w in ODD), b""),
]


def same_ending(tap, words, status, out, err):
    words = ["--user"] + words
    path, said = build(explain(words, "c"), "ending")
    done = None if said else subprocess.run([path], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                            stderr=subprocess.PIPE)
    tap.ok(done and (done.returncode, done.stdout, done.stderr) == (status, out, err),
           "the program of %r ends with %d" % (words, status), said, done)


def main():
    tap = Tap()
    if not shutil.which("gcc"):
        print("1..0 # SKIP gcc is not installed")
        return
    if not STATIC:
        tap.skip("the programs of --explain=c", "the command lines to join want a static nsrun")
        tap.finish()
    startup = startup_calls(build(b"int main(void) { return 0; }\n", "nothing")[0])
    census, seen = Census(), set()
    for words in LINES:
        seen |= same_calls(tap, words, startup)
    # At a terminal, with the default shell.
    seen |= same_calls(tap, ["-p"] if ROOT else ["-p", "--user"], startup, dict(os.environ, SHELL=EMPTY))
    for words, status, out, err in ENDINGS:
        if HAS_TIME or "-T" not in words:
            same_ending(tap, words, status, out, err)
    # What is left belongs to --check, which nobody explains.
    missed = step_kinds() - seen - UNREACHABLE - {"stop"}
    if ROOT and HAS_TIME:
        tap.ok(not missed, "every kind of step", " ".join(sorted(missed)))
    tap.ok(census.is_same(), "nothing is left", census.difference())
    tap.finish()


try:
    main()
finally:
    shutil.rmtree(T)
