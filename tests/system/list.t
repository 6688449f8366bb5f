#!/usr/bin/env python3
"""--list, beside lsns(8): the namespaces that processes are in are the same, with as many processes; and
those without a process are exactly the ones that the test has made, each with its source.

This is done in a PID namespace with a /proc of its own, where nothing else comes and goes.
"""

import array
import ctypes
import json
import os
import pty
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import time
import fcntl

NEWUTS, NEWIPC, NEWUSER, NEWNET, NEWTIME = 0x04000000, 0x08000000, 0x10000000, 0x40000000, 0x80
MS_BIND = 0x1000
NSRUN = os.environ["NSRUN"]
LAUNCHER = [NSRUN] + (["--copy"] if os.environ.get("NSRUN_LAUNCH") == "copy" else [])
SLOW = int(os.environ.get("NSRUN_SLOW", "1"))
libc = ctypes.CDLL(None, use_errno=True)


# --- inside: the scene, which prints what was made and seen -----------------------------------------

def unshare(flags):
    if libc.unshare(flags) < 0:
        raise OSError(ctypes.get_errno(), "unshare")


def own(kind):
    return os.stat("/proc/self/ns/" + kind).st_ino


def write(path, text):
    with open(path, "w") as file:
        file.write(text)


def child(function, stays=True):
    """A child that calls the function, and tells what that returned: its pid and that."""
    mine, others = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    pid = os.fork()
    if pid == 0:
        mine.close()
        result = function()
        descriptors = [result.pop()] if isinstance(result[-1], socket.socket) else []
        others.sendmsg([json.dumps(result).encode()], [(socket.SOL_SOCKET, socket.SCM_RIGHTS,
                       array.array("i", [d.fileno() for d in descriptors]))] if descriptors else [])
        # Its own sockets belong to a namespace too.
        others.close()
        while stays:
            signal.pause()
        os._exit(0)
    others.close()
    data, ancillary, _, _ = mine.recvmsg(1000, 1000)
    mine.close()
    descriptors = array.array("i")
    for _, _, part in ancillary:
        descriptors.frombytes(part)
    return pid, json.loads(data), list(descriptors)


def end(pid):
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def new(kind, flags):
    def function():
        unshare(flags)
        return [own(kind)]
    return function


def new_socket():
    unshare(NEWNET)
    return [own("net"), socket.socket()]


def new_orphan():
    """In a user namespace whose parent has no process."""
    unshare(NEWUSER)
    write("/proc/self/setgroups", "deny")
    write("/proc/self/uid_map", "0 0 1")
    write("/proc/self/gid_map", "0 0 1")
    middle = own("user")
    unshare(NEWUSER)
    return [middle]


def new_owned():
    unshare(NEWUSER | NEWUTS)
    return [own("uts"), own("user")]


def new_children():
    unshare(NEWTIME)
    return [os.stat("/proc/self/ns/time_for_children").st_ino]


def make_extras(folder):
    """Namespaces without a process: their ids, with source, holder, descriptor and path."""
    me, made = os.getpid(), {}

    pid, (id_,), _ = child(new("uts", NEWUTS))
    path = folder + "/a file"
    write(path, "")
    if libc.mount(b"/proc/%d/ns/uts" % pid, path.encode(), None, MS_BIND, None) < 0:
        raise OSError(ctypes.get_errno(), "mount")
    end(pid)
    made[id_] = ["uts", "mount", None, None, path]

    pid, (id_,), _ = child(new("ipc", NEWIPC))
    kept = os.open("/proc/%d/ns/ipc" % pid, os.O_RDONLY)
    end(pid)
    made[id_] = ["ipc", "descriptor", me, kept, None]

    pid, (id_,), (kept,) = child(new_socket, False)
    os.waitpid(pid, 0)
    made[id_] = ["net", "socket", me, kept, None]

    _, (id_,), _ = child(new_orphan)
    made[id_] = ["user", "parent", None, None, None]

    pid, (id_, owner), _ = child(new_owned)
    kept = os.open("/proc/%d/ns/uts" % pid, os.O_RDONLY)
    end(pid)
    made[id_] = ["uts", "descriptor", me, kept, None]
    made[owner] = ["user", "owner", None, None, None]

    if os.path.exists("/proc/self/ns/time"):
        pid, (id_,), _ = child(new_children)
        made[id_] = ["time", "children", pid, None, None]
    return made


def crun_bundle(folder):
    """A container of busybox; None with the reason if there cannot be one."""
    busybox = shutil.which("busybox")
    if not shutil.which("crun") or not busybox:
        return None, "crun or busybox is not installed"
    os.makedirs(folder + "/rootfs/bin")
    shutil.copy(busybox, folder + "/rootfs/bin/sleep")
    subprocess.run(["crun", "spec"], cwd=folder, check=True)
    config = json.load(open(folder + "/config.json"))
    config["process"].update(terminal=False, args=["/bin/sleep", "1000"])
    for mount in config["mounts"]:
        # The user namespace of the scene has but one group.
        mount["options"] = [word for word in mount.get("options", []) if not word.startswith("gid=")]
    json.dump(config, open(folder + "/config.json", "w"))
    # It refuses a hierarchy of version 1 beside one of version 2.
    subprocess.run(["mount", "-t", "cgroup2", "none", "/sys/fs/cgroup"], stderr=subprocess.DEVNULL)
    return ["crun", "--root", folder + "/state", "--cgroup-manager=disabled", "run", "-b", folder, "box"], None


def count_sleepers():
    count = 0
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            count += open("/proc/%s/comm" % name).read() == "sleep\n"
        except OSError:
            pass
    return count


def start(words, folder):
    """Whether it came to sleep, else what it said."""
    before, said = count_sleepers(), open(folder + "/said", "w+")
    process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=said, stderr=said)
    deadline = time.monotonic() + 10 * SLOW
    while count_sleepers() <= before:
        if process.poll() is not None or time.monotonic() > deadline:
            said.seek(0)
            return "%s: %s" % (words[0], said.read().strip() or "it does not start")
        time.sleep(0.005)
    # What started it may have ends of its own to make.
    time.sleep(0.1)
    return None


def containers(folder):
    crun, why = crun_bundle(folder)
    sleep = ["sleep", "1000"]
    no_time = [] if os.path.exists("/proc/self/ns/time") else ["--share", "time"]
    return [
        ("unshare", ["unshare", "--uts", "--ipc", "--net", "--fork"] + sleep, None),
        ("unshare --user", ["unshare", "--user", "--map-root-user", "--mount", "--pid", "--fork"] + sleep, None),
        ("bwrap", ["bwrap", "--dev-bind", "/", "/", "--unshare-all"] + sleep,
         None if shutil.which("bwrap") else "bwrap is not installed"),
        ("crun", crun, why),
        ("nsrun --all", LAUNCHER + ["--all"] + no_time + ["--"] + sleep, None),
        ("nsrun --user", LAUNCHER + ["--user", "--pid", "--uts", "--"] + sleep, None),
    ]


def listed(*words):
    return json.loads(subprocess.run([NSRUN, "--list=json"] + list(words), stdout=subprocess.PIPE, check=True).stdout)


def scene():
    folder = tempfile.mkdtemp(dir=os.environ["TMPDIR"])
    before = [n["id"] for n in listed()["namespaces"] if n["source"] != "process"]
    started = {}
    for name, words, why in containers(folder):
        started[name] = why or start(words, folder)
    made = make_extras(folder)
    lsns = subprocess.run(["lsns", "-J", "-o", "NS,TYPE,NPROCS,PID,UID,PNS,ONS"], stdout=subprocess.PIPE,
                          check=True).stdout
    done = subprocess.run([NSRUN, "--list=json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=True)
    table = subprocess.run([NSRUN, "--list=table"], stdout=subprocess.PIPE, check=True)
    id_ = own("uts")
    sys.stdout.write(json.dumps({
        "before": before, "started": started, "made": made, "lsns": json.loads(lsns)["namespaces"],
        "list": json.loads(done.stdout), "said": done.stderr.decode(), "table": table.stdout.decode(),
        "mine": [own(kind) for kind in os.listdir("/proc/self/ns") if "children" not in kind],
        "uts": listed("uts")["namespaces"], "one": listed(str(id_)), "two": listed("uts:[%d]" % id_, "user"),
        "tree": subprocess.run([NSRUN, "--list", str(id_)], stdout=subprocess.PIPE, check=True).stdout.decode(),
        "id": id_}))


# --- outside: the judge -----------------------------------------------------------------------------

def by_id(numbers):
    return {n["id"]: n for n in numbers}


def judge_processes(tap, seen):
    # A newer lsns has some without a process too.
    wanted = {n["ns"]: [n["type"], n["nprocs"], n["pid"], n["uid"]] for n in seen["lsns"] if n["nprocs"]}
    got = {n["id"]: [n["kind"], n["processes"], n["pid"], n["uid"]]
           for n in seen["list"]["namespaces"] if n["source"] == "process"}
    tap.ok(wanted and got == wanted, "the namespaces of processes are those of lsns, with its numbers",
           "lsns alone: %s" % [i for i in wanted.items() if i not in got.items()],
           "nsrun alone: %s" % [i for i in got.items() if i not in wanted.items()])
    both = by_id(seen["list"]["namespaces"])
    wrong = [n for n in seen["lsns"] for theirs, ours in (("pns", "parent"), ("ons", "owner"))
             if n.get(theirs) and n["ns"] in both and (both[n["ns"]][ours] or 0) != int(n[theirs])]
    tap.ok(not wrong, "parents and owners are those of lsns", wrong)


def judge_extras(tap, seen):
    made = {int(id_): words for id_, words in seen["made"].items()}
    got = {n["id"]: [n[key] for key in ("kind", "source", "holder", "descriptor", "path")]
           for n in seen["list"]["namespaces"] if n["source"] != "process" and n["id"] not in seen["before"]}
    tap.ok(got == made, "those without a process are those that were made, each with its source",
           "made: %s" % made, "got:  %s" % got)
    owners = [n["owner"] for n in seen["list"]["namespaces"] if n["source"] in ("mount", "descriptor", "socket")
              and n["id"] in made]
    tap.ok(len(owners) == 4 and all(owners), "what owns them is known, though no process is in them", owners)


def judge_scene(tap, seen, root):
    for name, why in seen["started"].items():
        # Those of others may have reasons of their own.
        if why and not name.startswith("nsrun"):
            tap.skip("a container of " + name, why)
        else:
            tap.ok(not why, "a container of " + name, why)
    judge_processes(tap, seen)
    judge_extras(tap, seen)
    mine = sorted(n["id"] for n in seen["list"]["namespaces"] if n["mine"])
    tap.ok(mine == sorted(seen["mine"]), "mine are mine", mine, seen["mine"])
    # A socket of a network namespace that is not the user's own is not to be read.
    unread = seen["list"]["unread_sockets"]
    tap.ok(seen["list"]["unread_processes"] == 0 and (not unread or not root) and
           re.sub(r" of \d+ ", " ", seen["said"]) == ("nsrun: note: %d sockets could not be read\n" % unread
                                                     if unread else ""),
           "all processes could be read, and nothing is said", seen["said"])
    uts = [n for n in seen["list"]["namespaces"] if n["kind"] == "uts"]
    tap.ok(by_id(uts).keys() == by_id(seen["uts"]).keys(), "a kind narrows")
    tap.ok([n["id"] for n in seen["one"]["namespaces"]] == [seen["id"]], "an id narrows", seen["one"])
    two = {n["id"] for n in seen["two"]["namespaces"]}
    tap.ok(two == {seen["id"]} | {n["id"] for n in seen["list"]["namespaces"] if n["kind"] == "user"},
           "a link and a kind: either", seen["two"])
    tap.ok(re.search(r"^(..)?uts    %d +\* " % seen["id"], seen["tree"], re.M) and
           len(seen["tree"].splitlines()) <= 3, "a tree of one has the way that leads there", seen["tree"])
    rows = [line.split(None, 10) for line in seen["table"].splitlines()]
    tap.ok(all(len(row) == 11 for row in rows) and rows[0][0] == "NAMESPACE" and
           {int(row[0]) for row in rows[1:]} == by_id(seen["list"]["namespaces"]).keys(),
           "the table has ten words and the rest in a line, and a line for each", *rows[:3])


def on_terminal(words, columns, **variables):
    """What a program prints on a terminal of so many columns."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    environment = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "NO_COLOR", "LC_ALL")}
    environment.update({"TERM": "xterm", "LC_ALL": "C.UTF-8"}, **variables)
    process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=slave, stderr=subprocess.DEVNULL,
                               env=environment)
    os.close(slave)
    text = b""
    try:
        while True:
            part = os.read(master, 65536)
            text += part
            if not part:
                break
    except OSError:
        pass
    process.wait()
    os.close(master)
    return text.decode().replace("\r\n", "\n")


def judge_terminal(tap):
    text = on_terminal([NSRUN, "--list"], 44)
    plain = re.sub(r"\033\[[0-9;]*m", "", text)
    tap.ok("\033[1;34muser\033[0m" in text, "a terminal gets colour", text[:300])
    tap.ok("─mnt " in plain and max(map(len, plain.splitlines())) == 44, "lines are cut to its width", plain[:300])
    text = on_terminal([NSRUN, "--list"], 44, COLUMNS="50", NO_COLOR="1")
    tap.ok("\033" not in text, "none with NO_COLOR", text[:300])
    tap.ok(max(map(len, text.splitlines())) == 50, "COLUMNS counts more", text[:300])
    text = on_terminal([NSRUN, "--list"], 50, LC_ALL="C", NO_COLOR="1")
    tap.ok(text.isascii() and "-mnt " in text, "ASCII where the locale is no UTF-8", text[:300])


def run(*words, **more):
    return subprocess.run([NSRUN] + list(words), stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, **more)


def judge_rest(tap, root):
    done = run("--list=json", stdout=subprocess.PIPE)
    said = done.stderr.decode()
    note = r"nsrun: note: \d+ of \d+ processes( and \d+ of \d+ sockets)? could not be read\n"
    note_of_sockets = r"nsrun: note: \d+ of \d+ sockets could not be read\n"
    tap.ok(done.returncode == 0 and json.loads(done.stdout)["namespaces"] and
           (re.fullmatch(note, said) or (root and (not said or re.fullmatch(note_of_sockets, said)))),
           "on the machine: what could not be read is said in one line", said)
    numbers = re.findall(r"\d+", said)
    answer = json.loads(done.stdout)
    tap.ok((int(numbers[0]) if "processes" in said else 0) == answer["unread_processes"], "and counted", said)
    with open("/dev/full", "w") as full:
        done = run("--list=table", stdout=full)
    tap.ok(done.returncode == 125 and done.stderr.endswith(b"nsrun: standard output: No space left on device\n"),
           "an answer that cannot be written is 125", done.stderr)
    done = run("--list", "4294967290", stdout=subprocess.PIPE)
    tap.ok((done.returncode, done.stdout, done.stderr) ==
           (125, b"", b"nsrun: --list: \"4294967290\": there is no such namespace to be seen here\n"),
           "an id that is none", done)
    done = subprocess.run(["sh", "-c", "ulimit -n 4; exec \"$0\" --list=json", NSRUN], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    numbers = re.match(r"nsrun: note: (\d+) of (\d+) processes could not be read\n$", done.stderr.decode())
    tap.ok(done.returncode == 0 and numbers and numbers[1] == numbers[2],
           "what cannot be opened is counted too", done.returncode, done.stderr)
    if shutil.which("dot"):
        picture = subprocess.run(["dot", "-Tsvg"], input=run("--list=dot", stdout=subprocess.PIPE).stdout,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        tap.ok(picture.returncode == 0 and b"<svg" in picture.stdout and b"user namespace" in picture.stdout and
               not picture.stderr, "Graphviz draws it", picture.stderr)
    else:
        tap.skip("Graphviz draws it", "dot is not installed")


def judge_without_proc(tap, as_root, static):
    name = "without a proc"
    if not static:
        tap.skip(name, "nsrun is dynamic (sanitizers), and they want a /proc")
        return
    done = subprocess.run(["unshare"] + as_root + ["--mount", "sh", "-c",
                           "mount -t tmpfs none /proc && exec \"$0\" --list", NSRUN],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    tap.ok((done.returncode, done.stdout, done.stderr) ==
           (125, b"", b"nsrun: --list: no proc is mounted at /proc\n"), name, done)


def judge_foreign_proc(tap, as_root):
    """Where /proc numbers processes otherwise than the calls, another process would be asked for a socket."""
    done = subprocess.run(["unshare"] + as_root + ["--pid", "--fork", "--kill-child", sys.executable, "-c", """
import socket, subprocess, sys
held = socket.socket()
sys.exit(subprocess.run([sys.argv[1], "--list=json", "net"]).returncode)""", NSRUN],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    seen = json.loads(done.stdout) if done.returncode == 0 else {}
    tap.ok(seen.get("unread_sockets", 0) > 0 and b"could not be read" in done.stderr and
           not any(holder["source"] == "socket" for n in seen["namespaces"] for holder in n.get("sources", [])
                   if isinstance(holder, dict)),
           "with another's /proc sockets are not read, and said so", done)


def judge_unreadable(tap, static):
    name = "a /proc that cannot be read to its end"
    if not shutil.which("strace") or not static:
        tap.skip(name, "strace is not installed, or nsrun is dynamic")
        return
    done = subprocess.run(["strace", "-o", "/dev/null", "-e", "inject=getdents64:error=EIO:when=1", NSRUN, "--list"],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    tap.ok((done.returncode, done.stdout, done.stderr) ==
           (125, b"", b"nsrun: --list: readdir /proc: Input/output error (EIO)\n"), name, done)


def judge_storm(tap):
    """Processes that come and go meanwhile are no error."""
    storm = subprocess.Popen(["sh", "-c", "while :; do (true); (exec 3</proc/self/ns/net; true); done"])
    try:
        wrong = [d for d in (run("--list=table", stdout=subprocess.DEVNULL) for _ in range(20))
                 if d.returncode != 0 or d.stderr and not d.stderr.startswith(b"nsrun: note: ")]
    finally:
        storm.kill()
        storm.wait()
    tap.ok(not wrong, "processes that come and go are no error", wrong[:1])


READING = {"readlinkat", "readlink", "openat", "openat2", "getdents64", "fstat", "newfstatat", "close", "read", "fcntl",
           "ioctl", "pidfd_open", "pidfd_getfd", "fstatfs", "write", "brk", "mmap", "munmap", "mremap", "mprotect",
           "lseek", "rt_sigaction", "rt_sigprocmask", "rt_sigtimedwait", "sysinfo", "exit_group"}


def judge_reading(tap, static):
    """It makes no call that changes anything; what the C library does before main() aside."""
    name = "it only reads"
    if not shutil.which("strace") or not static:
        tap.skip(name, "strace is not installed, or nsrun is dynamic")
        return
    lines = subprocess.run(["strace", "-o", "/dev/fd/2", NSRUN, "--list=table"], stdin=subprocess.DEVNULL,
                           stdout=subprocess.DEVNULL, stderr=subprocess.PIPE).stderr.decode(errors="replace")
    calls = [line for line in lines[lines.index("opendir" if "opendir" in lines else "\"/proc\""):].splitlines()[1:]
             if re.match(r"[a-z0-9_]+\(", line)]
    wrong = [c for c in calls if c.split("(")[0] not in READING or
             (c.startswith("openat") and re.search(r"O_(WRONLY|RDWR|CREAT|TRUNC)", c)) or
             (c.startswith("write") and not c.startswith(("write(1,", "write(2,"))) or
             (c.startswith("ioctl") and not re.search(r"NS_GET|SIOCGSKNS|TIOCGWINSZ|TCGETS", c))]
    tap.ok(len(calls) > 100 and not wrong, name, *wrong[:5])


def main():
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
    from traced import ROOT, STATIC, Tap

    tap = Tap()
    as_root = [] if ROOT else ["--user", "--map-root-user", "--cgroup"]
    trial = subprocess.run(["unshare"] + as_root + ["--mount", "true"], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
    if not shutil.which("lsns"):
        tap.skip("beside lsns", "lsns is not installed")
    elif trial.returncode != 0:
        tap.skip("beside lsns", trial.stderr.decode().strip())
    else:
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run(["unshare"] + as_root + ["--mount", "--pid", "--fork", "--kill-child", "--mount-proc",
                                   sys.executable, os.path.abspath(__file__), "--scene"],
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                  env=dict(os.environ, TMPDIR=folder))
        if tap.ok(done.returncode == 0, "the scene is set", done.stderr.decode()):
            judge_scene(tap, json.loads(done.stdout), ROOT)
        judge_without_proc(tap, as_root, STATIC)
        judge_foreign_proc(tap, as_root)
    judge_terminal(tap)
    judge_rest(tap, ROOT)
    judge_storm(tap)
    judge_unreadable(tap, STATIC)
    judge_reading(tap, STATIC)
    tap.finish()


if "--scene" in sys.argv:
    scene()
else:
    main()
