#!/usr/bin/env python3
"""Bad input: every row of --dump-options with every sort of bad value.

One clear line that names the option and the value, status 125, nothing on standard output, nothing changed.
The rows and their types come from the program: a new option is covered without touching this file, and a
new type of value fails until it is said here what is bad for it.
"""

import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from traced import NSRUN, Census, Tap, command

VALUES = {
    "empty": b"",
    "huge": b"9" * 100000,
    "negative": b"-1",
    "overflowing": b"99999999999999999999999",
    "not UTF-8": b"\xff\xfe\x80",
    "of two lines": b"a\nb",
    "with a terminal's escape": b"\x1b[31m",
    "unknown": b"no-such-value",
}
# What is a good value for a type all the same.
GOOD = {
    "kinds": set(),
    "name": {"empty", "negative", "overflowing", "not UTF-8", "of two lines",
             "with a terminal's escape", "unknown"},
    "path": set(),
    "target": set(),
    "id": set(),
    "ids": set(),
    "range": set(),
    "process": set(),
    # Less than the clock reads, and no less.
    "clock": {"negative"},
    "choice": set(),
    "topic": set(),
    "permissions": set(),
    "size": set(),
    "operation": set(),
}
# Paths of what need not be there yet: almost any name is good, and these options make it.
MADE = {"save", "dir", "bind-try", "ro-bind-try", "dev-bind-try"}
NO_VALUE = {"flag", "kind", "question", "wordless"}
# Of an option with more than one word: the others.
FURTHER = ["/no-such-directory/place"]


def rows():
    """The rows of the option table as dictionaries, by the names in its first line."""
    lines = subprocess.run([NSRUN, "--dump-options"], stdout=subprocess.PIPE, check=True,
                           universal_newlines=True).stdout.splitlines()
    names = lines[0].lstrip("#").split("\t")
    return [dict(zip(names, line.split("\t"))) for line in lines[1:]]


def run(*words):
    return subprocess.run(command([]) + list(words), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE)


def is_plain(line):
    """Valid UTF-8 without control characters."""
    try:
        return line.decode().isprintable()
    except UnicodeDecodeError:
        return False


class Judge:
    def __init__(self, tap):
        self.tap, self.census = tap, Census()

    def refused(self, name, words, *parts):
        """One test: the words are refused by one line that has all the parts."""
        done = run(*words)
        lines = done.stderr.split(b"\n")
        told = lines[0]
        # A value that only the kernel can refuse fails as a step, perhaps with a hint.
        rest = [l for l in lines[1:-1] if not (b": step " in told and l.startswith(b"nsrun: hint: "))]
        self.tap.ok(done.returncode == 125 and not done.stdout and not rest and lines[-1] == b"" and
                    told.startswith(b"nsrun: ") and is_plain(told) and len(told) < 500 and
                    all(p.encode() in told for p in parts),
                    name, "status %d" % done.returncode, done.stderr[:600], "wanted: %s" % (parts,))

    def nothing_changed(self):
        self.tap.ok(self.census.is_same(), "nothing is changed or left", self.census.difference())


def meant(row, table):
    """The row that an alias stands for: messages name that."""
    return table[row["alias"]] if row["alias"] != "-" else row


def bad_values(judge, row, table):
    name, target = "--" + row["name"], "--" + meant(row, table)["name"]
    further = FURTHER if " " in row["argument"] else []
    for sort, value in VALUES.items():
        label = "%s, %s" % (name, sort)
        good = GOOD["name"] - {"empty"} if target[2:] in MADE else GOOD[row["type"]]
        if sort in good:
            done = run(name.encode() + b"=" + value, *further, "--explain", "--uts", "--", "true")
            judge.tap.ok(done.returncode == 0, label + ", is taken", done.stderr[:300])
            continue
        # For a path the step that uses it says so, by the name of its call.
        parts = [target + ":"] if row["type"] != "path" or sort == "empty" else [": step ", target[2:]]
        words = [name.encode() + b"=" + value]
        if row["type"] == "operation":
            # What is wrong with a path only the step can tell.
            if sort != "empty" and name != "--chmod":
                parts = [": step ", ", files."]
            words += further + ([] if os.geteuid() == 0 else ["--user"])
        if row["type"] == "path" and row["question"] == "yes":
            judge.refused(label, words, target + ": ")
            continue
        if row["type"] == "path":
            words += ["--uts"] if os.geteuid() == 0 else ["--uts", "--user"]
        judge.refused(label, words + ["--", "true"], *parts)


def bad_uses(judge, row, table):
    name, target = "--" + row["name"], "--" + meant(row, table)["name"]
    if row["type"] in NO_VALUE:
        judge.refused(name + ", a value too much", [name + "=surplus", "true"], target, '"surplus"')
    else:
        bad_values(judge, row, table)
    if row["type"] not in NO_VALUE and row["optional"] == "no":
        judge.refused(name + ", a value missing", [name], target + ": a value is missing")
    judge.refused(name + ", abbreviated", [name[:-1], "true"] if name[2:-1] not in table else
                  [name + "-", "true"], "unknown option")
    judge.refused(name + ", prolonged", [name + "x", "true"], "unknown option", name + "x")


def given(name, table):
    """An option with a value that is good, if it takes one."""
    row = table[name]
    if row["type"] in NO_VALUE:
        return ["--" + name]
    value = row["choices"].split("|")[0] if row["choices"] != "-" else {
        "target": "1", "range": "0:0:1", "path": "/"}.get(row["type"], "0")
    return ["--%s=%s" % (name, value)] if row["optional"] == "yes" else ["--" + name, value]


def contradictions(judge, row, table):
    for other in row["contradicts"].split():
        if other == "-" or row["alias"] != "-":
            continue
        both = given(row["name"], table) + given(other, table)
        judge.refused("--%s with --%s" % (row["name"], other), both + ["true"], "contradicts",
                      "--" + row["name"], "--" + other)
        judge.refused("--%s with --%s" % (other, row["name"]), both[::-1] if len(both) == 2 else
                      given(other, table) + given(row["name"], table) + ["true"], "contradicts")


def main():
    tap = Tap()
    judge = Judge(tap)
    table = {row["name"]: row for row in rows()}
    for row in table.values():
        if tap.ok(row["type"] in GOOD or row["type"] in NO_VALUE,
                  "--%s: what is bad for the type %s is known" % (row["name"], row["type"])):
            bad_uses(judge, row, table)
            contradictions(judge, row, table)
    letters = {row["letter"] for row in table.values()}
    for letter in filter(lambda c: c not in letters and c != "-", map(chr, range(33, 127))):
        judge.refused("-" + letter, ["-" + letter, "true"], "unknown option")
    judge.nothing_changed()
    print("# %d rows" % len(table))
    tap.finish()


main()
