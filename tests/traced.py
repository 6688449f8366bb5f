"""What strace(1) sees of a launch, beside what --explain=json says that it does.

For tests/system/drift.t and faults.t.  A call is a Call: the process ("outside", "inside" or
"between"), its name and its arguments as text.  Calls are compared argument by argument; in those of
the plan _ stands for any pointer, descriptor or pid, and sets of flags have no order.
"""

import atexit
import collections
import contextlib
import ctypes
import fcntl
import json
import os
import pty
import re
import shutil
import subprocess
import sys
import tempfile
import termios
import time

NSRUN = os.environ["NSRUN"]
HELPERS = os.environ["NSRUN_HELPERS"]
# How many times slower than a real machine this one is.
SLOW = int(os.environ.get("NSRUN_SLOW", "1"))
# Of many alike each N-th, from number I on: NSRUN_SAMPLE=I/N.
SAMPLE = tuple(map(int, os.environ.get("NSRUN_SAMPLE", "0/1").split("/")))
HAS_TIME = os.path.exists("/proc/self/ns/time")
# Whether the kernel tells what a PID 1 does with a signal (src/pid1.c).
CAN_JUDGE = os.path.exists("/proc/self/syscall")
COPY = os.environ.get("NSRUN_LAUNCH") == "copy"
ROOT = os.geteuid() == 0
USER = os.environ.get("NSRUN_USER", "nsrun-test")
EMPTY = HELPERS + "/empty"

# A dynamic program, as the sanitizers need it, names its loader in its first bytes.
STATIC = b"ld-linux" not in open(NSRUN, "rb").read(4096)

Call = collections.namedtuple("Call", "process name arguments result pid")

# What is no step: the page, the turn, signals, waiting, and questions that change nothing; besides what
# the C library does before main(), which is read off a program that does nothing else.
PLUMBING = {
    "mmap": "the page and the stack",
    "mprotect": "the guard page",
    "getpid": "whose pidfd is wanted",
    "pidfd_open": "tells inside that nsrun is dead",
    "poll": "whether it is",
    "rt_sigprocmask": "signals wait until the command runs",
    "rt_sigaction": "SIGCHLD as it was",
    "socketpair": "the turn",
    "signalfd4": "what ends a set-up that waits",
    "sendto": "the turn",
    "recvfrom": "the turn",
    "close": "the others' end of the turn",
    "capget": "a question",
    "clock_gettime": "the time of a traced step, where the vdso has no clock",
    "getpgrp": "a question",
    "readlink": "whether /proc numbers processes as nsrun does",
    "read": "a signal that ended the set-up",
    "rt_sigpending": "a question",
    "rt_sigtimedwait": "waiting",
    "waitid": "waiting",
}


def _have_own_mounts():
    """A mount namespace of its own, as root: others that run at the same time count the mounts."""
    clone_newns, ms_rec, ms_private = 0x20000, 0x4000, 0x40000
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(clone_newns) < 0 or libc.mount(None, b"/", None, ms_rec | ms_private, None) < 0:
        raise OSError(ctypes.get_errno(), "no mount namespace of its own")


if ROOT:
    _have_own_mounts()

# Where --save keeps what it does; a run that succeeds lets it go again.  A parallel run takes another.
SAVED = os.path.join(tempfile.mkdtemp(prefix="nsrun-saved-"), "saved")
atexit.register(shutil.rmtree, os.path.dirname(SAVED), True)


def _has_ranges():
    """Whether the ordinary user is granted what the command lines below ask for."""
    def grants(file):
        with contextlib.suppress(OSError):
            for line in open(file):
                field = line.rstrip("\n").split(":")
                if field[0] == USER and int(field[1]) <= 100000 and int(field[1]) + int(field[2]) >= 101000:
                    return True
        return False
    return bool(shutil.which("newuidmap") and shutil.which("newgidmap") and grants("/etc/subuid") and
                grants("/etc/subgid"))


class AsUser(list):
    """A command line that root's half runs as the ordinary user: under the strace of that user a
    set-user-ID program has no privilege."""


_LINES = [
    [], ["-U"], ["-uin"], ["-uimp"], ["-muinpC"], ["--all"], ["-p", "--no-proc"], ["-u", "--no-hostname"],
    ["--mount-proc", "-p"], ["--hostname", "a b\"c"], ["--domainname", ""], ["-n", "--no-loopback"],
    ["--hostname", "x", "--domainname", "y.example"], ["--propagation", "slave"],
    ["--propagation", "shared"], ["--propagation", "unchanged"], ["-p", "--propagation", "slave"],
    ["-p", "--propagation", "shared"], ["-p", "--propagation", "unchanged"], ["-w", "/"],
    ["-w", "/usr/bin", "-p"], ["--all", "--share", "net,ipc"], ["--all", "--share", "mnt"],
    ["--map-self"], ["--map-user", "7"], ["--map-group", "8"],
    ["--map-user", "7", "--map-group", "8", "-p"], ["--setgroups", "deny"], ["-U", "-p", "-n"],
    ["--no-fork"], ["--no-fork", "-u"], ["--no-fork", "-uinmC"], ["--no-fork", "-Uun", "--map-self"],
    ["--no-fork", "-w", "/", "-m"], ["-f", "-r", "--wd", "/tmp"], ["-c", "-i"], ["--unshare-all"],
    ["-UC"], ["--trace", "-up"], ["-m"], ["-u"], ["-i"], ["-n"], ["-p"], ["-C"],
    ["--tmpfs", "/mnt"], ["--ro-bind", "/", "/", "--tmpfs", "/mnt", "-p"], ["--read-only", "--ro-bind", "/etc", "/mnt", "-p"],
    ["--empty-root", "--dir", "/a/b", "--host-usr", "--dev", "/dev", "--chmod", "711", "/a/b", "-p", "--symlink", "b", "/a/c",
     "--perms", "700", "--size", "1M", "--tmpfs", "/t", "--ro-bind", EMPTY, EMPTY],
    ["-in", "--sysfs", "/sys", "--mqueue", "/mnt", "--remount-ro", "/sys", "--propagation", "shared"],
    ["-T"], ["-Tp", "--monotonic", "1d", "--boottime", "-0.5s"], ["--boottime", "=1h", "-U", "--map-self"],
]
_RANGES = ["--map-users", "0:100000:1000", "--map-groups", "0:100000:1000"]
_RANGE_LINES = [
    _RANGES + ["-T", "--monotonic", "1d"],
    _RANGES, _RANGES + ["--setgroups", "deny"], _RANGES + ["--disable-userns"], ["--map-users", "0:100000:7"],
    ["--map-groups", "0:100000:7"], _RANGES + ["-S", "5", "-G6", "--groups", "7,8", "--keep-caps", "-up"],
]
_LINES += [
    ["--disable-userns"], ["--disable-userns", "--no-fork", "-u"], ["-U", "--keep-caps", "--map-self"],
    ["--disable-userns", "-p", "--no-proc", "--map-self"],
]
_ROOT_LINES = [["--root", "/", "--chmod", "1777", "/tmp"], ["--save", SAVED, "-ui"], ["--save", SAVED, "-nC", "-p", "--no-proc"],
               ["-T", "-S", "1"], ["-S", "1", "-G", "2"], ["--groups", "3"], ["-U", "-S0"],
               ["--setgroups", "allow"], ["--setgroups", "allow", "-T"], ["--setgroups", "allow", "-up", "--map-user", "5"]]


def _start_target():
    """A container that is there while the test runs, to be joined: the pid of its command."""
    nsrun = subprocess.Popen([NSRUN, "--user", "-uinmp", "--", "sleep", "1000"], stdin=subprocess.DEVNULL)
    atexit.register(nsrun.wait)
    atexit.register(nsrun.kill)
    while nsrun.poll() is None:
        with contextlib.suppress(OSError, ValueError):
            pid = int(open("/proc/%d/task/%d/children" % (nsrun.pid, nsrun.pid)).read())
            if open("/proc/%d/comm" % pid).read() == "sleep\n":
                return str(pid)
        time.sleep(0.002)
    raise RuntimeError("no target to join")


def _join_lines(pid):
    lines = [["-j", pid], ["-j", pid + ":user,uts", "-j", "/proc/%s/ns/net" % pid],
             ["-j", pid, "--join-env", "--join-root"], ["-j", pid, "-UT", "--boottime", "1d"],
             ["-j", pid + ":user,mnt", "-Uu"], ["-j", pid, "-p"]]
    cgroup2 = any(" - cgroup2 " in line for line in open("/proc/self/mountinfo"))
    return lines + ([["-j", pid, "--join-cgroup", "-C"]] if ROOT and cgroup2 else [])


# mount_setattr(2)
HAS_SETATTR = tuple(map(int, re.match(r"(\d+)\.(\d+)", os.uname().release).groups())) >= (5, 12)


def _here(words):
    """With what this kernel has, or None."""
    if not HAS_SETATTR and {"--read-only", "--ro-bind", "--remount-ro", "--host-usr"} & set(words):
        return None
    if HAS_TIME:
        return words
    if {"-T", "-Tp", "-UT", "--time", "--monotonic", "--boottime"} & set(words):
        return None
    return words + ["--share", "time"] if {"--all", "--unshare-all"} & set(words) else words


def _with_user(words):
    """As an ordinary user nothing is had without a user namespace."""
    return words if ROOT or "--all" in words or "--unshare-all" in words else words + ["--user"]


# The command lines of the drift and fault tests; together they have every kind of step but "foreground",
# which wants a terminal.
LINES = [_with_user(words) for words in _LINES + (_ROOT_LINES + _RANGE_LINES if ROOT else [])]
# Only root's strace sees what a process hands to the kernel that is not dumpable.
if STATIC and ROOT:
    LINES += _join_lines(_start_target())
LINES = [words + ["--", EMPTY] for words in map(_here, LINES) if words is not None]
if ROOT and _has_ranges():
    LINES += [AsUser(words + ["--", EMPTY]) for words in map(_here, _RANGE_LINES + [["--map-auto"]])
              if words is not None]

# Kinds of step that this half's command lines cannot have.
UNREACHABLE = set()
if not any(isinstance(words, AsUser) for words in LINES):
    UNREACHABLE |= {"user.newuidmap", "user.newgidmap"}
if not HAS_SETATTR:
    UNREACHABLE |= {"files.bind", "files.chmod", "files.dir", "files.remount_ro", "files.symlink", "root.empty",
                    "root.read_only"} - ({"files.chmod"} if ROOT else set())
if not ROOT:
    UNREACHABLE |= {"ids.groups", "ids.gid", "ids.uid", "caps.keep"}


def command(words, *options):
    return type(words)([NSRUN] + (["--copy"] if COPY else []) + list(options) + list(words))


def explain(words, form, environment=None):
    """What --explain says of a command line; with an environment: at a terminal."""
    with on_terminal(environment is not None) as stdin:
        prefix = ["setpriv", "--reuid", USER, "--regid", USER, "--clear-groups", "--"] if isinstance(
            words, AsUser) else []
        return subprocess.run(prefix + command(words, "--explain=" + form), stdin=stdin, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, env=environment, check=True,
                              preexec_fn=lead_session(stdin)).stdout


def plan(words, environment=None):
    """The plan of a command line, as --explain=json tells it."""
    return json.loads(explain(words, "json", environment))


@contextlib.contextmanager
def on_terminal(wanted):
    """Standard input for a child: a new pseudo-terminal, or /dev/null."""
    if not wanted:
        yield subprocess.DEVNULL
        return
    master, slave = pty.openpty()
    try:
        yield slave
    finally:
        os.close(master)
        os.close(slave)


def lead_session(stdin):
    """For preexec_fn: the child leads a session on the terminal that is its standard input."""
    if stdin == subprocess.DEVNULL:
        return None

    def lead():
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    return lead


def step_kinds():
    """The names of all kinds of step, as the sources define them."""
    source = os.environ.get("NSRUN_SOURCE") or os.path.join(
        os.path.dirname(os.path.abspath(__file__)), "..", "src")
    names = set()
    for file in os.listdir(source):
        text = open(os.path.join(source, file)).read()
        for row in re.findall(r"const struct step_kind \w+ = \{(.*?)\n\};", text, re.S):
            names.update(re.findall(r'\.name = "([^"]+)"', row))
    return names


class Census:
    """What a launch must leave as it was: mounts, names, and no process of its own."""

    def __init__(self):
        self.mark = "NSRUN_CENSUS=%d-%d" % (os.getpid(), time.monotonic_ns())
        os.environ["NSRUN_CENSUS"] = self.mark.split("=")[1]
        self.before = self.take()

    def take(self):
        return (open("/proc/self/mountinfo").read(), os.uname().nodename, os.path.exists(SAVED),
                open("/proc/sys/kernel/domainname").read(), tuple(self.survivors()))

    def survivors(self):
        for pid in filter(str.isdigit, os.listdir("/proc")):
            with contextlib.suppress(OSError):
                if int(pid) != os.getpid() and self.mark.encode() in open(
                        "/proc/%s/environ" % pid, "rb").read().split(b"\0"):
                    yield pid + " " + open("/proc/%s/stat" % pid).read().split(")")[0]

    def is_same(self):
        """Whoever was killed may take a moment to be gone."""
        end = time.monotonic() + 5
        while self.take() != self.before:
            if time.monotonic() > end:
                return False
            time.sleep(0.005)
        return True

    def difference(self):
        now = self.take()
        return "\n".join("left: %r, was %r" % pair for pair in zip(now, self.before)
                         if pair[0] != pair[1])


def split_arguments(text):
    """The arguments between the brackets of a call: commas at depth 0, outside strings."""
    parts, depth, quoted, start, i = [], 0, False, 0, 0
    while i < len(text):
        c = text[i]
        if quoted:
            if c == "\\":
                i += 1
            elif c == '"':
                quoted = False
        elif c == '"':
            quoted = True
        elif c in "([{":
            depth += 1
        elif c in ")]}":
            depth -= 1
        elif c == "," and depth == 0:
            parts.append(text[start:i].strip())
            start = i + 1
        i += 1
    if text[start:].strip():
        parts.append(text[start:].strip())
    return parts


def same_argument(planned, seen):
    seen = re.sub(r" /\* [A-Z_?]* \*/", "", seen)     # what strace does not know
    if planned == "_" or planned == seen:
        return True
    if planned.startswith('"/proc/') and "/_" in planned:
        return re.fullmatch(re.escape(planned).replace("/_", r"/\d+"), seen) is not None
    if planned.startswith("[") and '"_"' in planned:     # a pid among the words of a helper
        return re.fullmatch(re.escape(planned).replace('"_"', r'"\d+"'), seen) is not None
    for prefix in ("flags=", "child_stack=", "parent_tid="):
        if planned.startswith(prefix) and seen.startswith(prefix):
            return same_argument(planned[len(prefix):], seen[len(prefix):])
    return "|" in planned and set(planned.split("|")) == set(seen.split("|"))


def parse_call(text):
    """(name, arguments) of "name(arguments)"."""
    name, rest = text.split("(", 1)
    return name, split_arguments(rest[:rest.rindex(")")])


def same_call(planned, seen):
    name, arguments = parse_call(planned)
    # An offset that makes a clock read a value depends on when it is computed.
    if arguments[1:] and arguments[1].startswith('"boottime '):
        return name == seen.name and [re.sub(r"\d+", "N", a) for a in arguments[1:]] == [
            re.sub(r"\d+", "N", a) for a in seen.arguments[1:]]
    return (name == seen.name and len(arguments) == len(seen.arguments) and
            all(same_argument(p, s) for p, s in zip(arguments, seen.arguments)))


def show(call):
    return "%s: %s(%s)" % (call.process, call.name, ", ".join(call.arguments))


LINE = re.compile(r"^(\d+) +(.*)$")
WHOLE = re.compile(r"^(\w+)\((.*)\) += (.*)$")
UNFINISHED = re.compile(r"^(\w+)\((.*) <unfinished \.\.\.>$")
RESUMED = re.compile(r"^<\.\.\. (\w+) resumed>(.*)$")


def read_trace(path):
    """The calls of a trace in the order in which they began; processes are numbered as they come."""
    calls, open_calls, pids = [], {}, []
    for line in open(path, errors="surrogateescape"):
        match = LINE.match(line.rstrip("\n"))
        if not match:
            continue
        pid, text = match.groups()
        if pid not in pids:
            pids.append(pid)
        unfinished, resumed = UNFINISHED.match(text), RESUMED.match(text)
        if unfinished:
            calls.append(None)
            open_calls[pid] = (len(calls) - 1, unfinished.group(1) + "(" + unfinished.group(2))
            continue
        index = None
        if resumed:
            index, begin = open_calls.pop(pid)
            text = begin + resumed.group(2)
        whole = WHOLE.match(text)
        if not whole:
            continue
        call = [pids.index(pid), whole.group(1), split_arguments(whole.group(2)), whole.group(3)]
        if index is None:
            calls.append(call)
        else:
            calls[index] = call
    return [c for c in calls if c], len(pids)


def process_names(count, planned):
    """The names in the order in which the processes are born: actors, and what a step makes besides."""
    born = ["outside"]
    actors = [a for a in ("between", "inside") if any(s["actor"] == a for s in planned["steps"])]
    for step in planned["steps"]:
        for call in step["calls"]:
            if call.startswith("clone("):
                born.append(actors.pop(0) if step["step"].startswith("clone") else "helper")
    return born + ["other"] * max(0, count - len(born))


def trace(argv, planned, options=(), environment=None, stdin=subprocess.DEVNULL):
    """Runs argv under strace -f: its calls, and how it ended (a CompletedProcess)."""
    user = ["-u", USER] if isinstance(argv, AsUser) else []
    with tempfile.NamedTemporaryFile(prefix="nsrun-trace-") as file:
        done = subprocess.run(["strace", "-f", "--quiet=all", "-s", "4096", "-o", file.name, *user, *options, *argv],
                              stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              env=environment, timeout=60, preexec_fn=lead_session(stdin))
        raw, count = read_trace(file.name)
        injected = [l for l in open(file.name, errors="surrogateescape") if "(INJECTED)" in l]
    if done.returncode == 0:
        release(argv)
    names = process_names(count, planned)
    calls = [Call(names[c[0]], c[1], c[2], c[3], c[0]) for c in raw]
    return calls, done, injected


def release(argv):
    """Lets go what a run has saved, wherever that is."""
    if "--save" in argv and os.path.exists(argv[argv.index("--save") + 1]):
        subprocess.run([NSRUN, "--release", argv[argv.index("--save") + 1]], check=True)


def startup_calls(program=HELPERS + "/ending"):
    """What a static program of this C library does before main(): by the calls of one that then
    fails at once for want of arguments."""
    calls, _, _ = trace([program], {"steps": []})
    until = next((i for i, c in enumerate(calls) if c.name == "mprotect"), 0)
    return [c.name for c in calls[1:until + 1]]


def _relevant(calls):
    """From behind nsrun's execve to the command's, and nothing of the command itself."""
    executed = set()
    for call in calls[1:]:
        if call.pid in executed or call.name in ("exit_group", "exit"):
            continue
        yield call
        if call.name == "execve" and call.result.startswith("0"):
            executed.add(call.pid)
            if call.process == "outside":
                return


def _is_question(call):
    """What the plan of some options wants to know, before its first step."""
    if call.process != "outside":
        return False
    if call.name == "openat":
        return "O_RDONLY" in call.arguments[2] and call.arguments[1] in (
            '"/etc/passwd"', '"/etc/subuid"', '"/etc/subgid"')
    return call.name in ("faccessat2", "newfstatat", "brk")


def _is_plumbing(call):
    if call.name == "write":
        return call.arguments[0] == "2" and re.match('"nsrun: (trace|note): ', call.arguments[1])
    # Questions about the terminal, and whether a group is alive.
    if call.name == "ioctl":
        return call.arguments[1] in ("TCGETS", "TIOCGPGRP") or call.arguments[1].startswith("NS_GET_")
    # What --join names.
    if call.name in ("fstat", "newfstatat", "fstatfs", "getcwd"):
        return True
    # Where a place is, and on which mount.
    if call.name == "openat2":
        return "O_PATH" in call.arguments[2]
    if call.name in ("statx", "readlinkat"):
        return True
    # Opened to be read before the first step: a question.
    if call.name == "openat":
        return call.process == "outside" and bool({"O_RDONLY", "O_PATH"} & set(call.arguments[2].split("|")))
    if call.name == "kill":
        return call.arguments[1] == "0"
    return call.name in PLUMBING


MAKES_PLACES = {"mkdirat", "openat", "fchmod", "symlinkat"}


def match(planned, calls, startup):
    """Holds the calls of a trace against the plan's.

    Returns the planned calls as (step, Call) in order, and what is wrong, as lines.
    """
    places = {s["actor"] for s in planned["steps"] if s["optional"] and s["step"].startswith("files.")}
    wanted = [(s, c) for s in planned["steps"] if s["step"] != "supervise" for c in s["calls"]]
    supervise = max((s["number"] for s in planned["steps"] if s["step"] == "supervise"), default=0)
    found, wrong, last = [], [], None
    seen = list(_relevant(calls))
    if [c.name for c in seen[:len(startup)]] != startup:
        wrong.append("not what comes before main(): " + " ".join(c.name for c in seen[:len(startup)]))
    for call in seen[len(startup):]:
        step, text = wanted[0] if wanted else (None, None)
        # A helper is a child of the step's process that is gone when the step is done.
        if text and call.process in (step["actor"], "helper") and same_call(text, call):
            found.append((step, call))
            last = wanted.pop(0)
        elif last and last[0]["optional"] and last[0]["actor"] == call.process and same_call(last[1], call):
            pass    # once more, as what exists demands
        elif call.process in places and call.name in MAKES_PLACES:
            pass    # what is missing of a place
        elif ((step is None or step["number"] > supervise) and call.process == "outside" and
              call.name in ("openat", "ioctl")):
            pass    # supervision: who has the terminal, after the exec
        elif not _is_plumbing(call) and (found or not _is_question(call)):
            wrong.append("not planned: %s (next is %s)" % (show(call), text))
    return found, wrong + ["not seen: %s: %s" % (s["actor"], c) for s, c in wanted]


class Tap:
    """Tests, counted and printed."""

    def __init__(self):
        self.count = self.failures = 0

    def ok(self, passed, name, *why):
        self.count += 1
        print("%sok %d - %s" % ("" if passed else "not ", self.count, name), flush=True)
        if not passed:
            self.failures += 1
            for line in why:
                print("#   " + str(line).replace("\n", "\n#   "), file=sys.stderr)
        return passed

    def skip(self, name, reason):
        self.count += 1
        print("ok %d - %s # SKIP %s" % (self.count, name, reason), flush=True)

    def finish(self):
        print("1..%d" % self.count, flush=True)
        sys.exit(self.failures > 0)
