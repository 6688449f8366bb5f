#!/usr/bin/env python3
"""Drift: every call between nsrun's execve and the command's is a step's, or is plumbing.

What strace sees must equal the calls of --explain=json: in process, name, arguments and order.  A call in
neither list fails.
"""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from traced import (EMPTY, LINES, PLUMBING, SAMPLE, STATIC, Tap, command, match, plan, startup_calls, trace)

def lines():
    """All command lines; of a sample those with a kind of step that none before had, and each N-th."""
    number, distance = SAMPLE
    seen = set()
    for i, words in enumerate(LINES):
        planned = plan(words)
        kinds = {(s["step"], s["actor"]) for s in planned["steps"]}
        if kinds - seen or i % distance == number:
            yield words, planned
        seen |= kinds


def main():
    tap = Tap()
    if not STATIC:
        tap.skip("drift", "a dynamic program makes calls of its loader's")
        tap.finish()
    startup = startup_calls()
    print("# before main(): " + " ".join(startup))
    print("# plumbing, %d calls: %s" % (len(PLUMBING), " ".join(sorted(PLUMBING))))
    tap.ok(len(PLUMBING) <= 20, "at most 20 calls are plumbing")
    tap.ok(len(LINES) >= 40, "at least 40 command lines")
    for words, planned in lines():
        calls, done, _ = trace(command(words), planned)
        _, wrong = match(planned, calls, startup)
        tap.ok(done.returncode == 0 and not wrong, "nsrun " + " ".join(map(repr, words)),
               done.stderr.decode(errors="replace"), *wrong)
    tap.finish()


main()
