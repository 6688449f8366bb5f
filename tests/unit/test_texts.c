/* Every step kind as people read it and as exact system calls. */
#include "made_up.h"

#include <sched.h>
#include <signal.h>
#include <sys/mount.h>

#include "cgroup.h"
#include "command.h"
#include "credentials.h"
#include "idhelper.h"
#include "nested.h"
#include "clock.h"
#include "idmap.h"
#include "join.h"
#include "mount.h"
#include "net.h"
#include "ns.h"
#include "process.h"
#include "save.h"

static const struct mount_propagation all_private = {"/", MS_PRIVATE, "MS_PRIVATE"},
				      all_slave = {"/", MS_SLAVE, "MS_SLAVE"},
				      all_shared = {"/", MS_SHARED, "MS_SHARED"},
				      proc_private = {"/proc", MS_PRIVATE, "MS_PRIVATE"},
				      odd = {"/a \"b\"\n", MS_PRIVATE, "MS_PRIVATE"};
static const struct mount_proc_call proc = {.in_user_namespace = false};
static const struct idmap_file deny = {"setgroups", "/proc/self/setgroups", "deny", false, INSIDE},
			       gids = {"gid_map", "/proc/self/gid_map", "0 1000 1", false, INSIDE},
			       uids = {"uid_map", "/proc/self/uid_map", "4294967294 1000 1", true,
				       INSIDE};
static uint32_t group_ids[] = {5, 4294967294};
static const struct credentials_call no_groups = {.id = 1}, two_groups = {.groups = {group_ids, 2}},
				     id_seven = {.id = 7};
static char *helper_words[] = {(char *)"newuidmap", (char *)"", (char *)"0", (char *)"5",
	(char *)"6", NULL};
static const struct idhelper_call by_helper = {.path = "/opt/a b/newuidmap", .argv = helper_words};
static const struct nested_call nested = {"0 0 9", "0 0 5\n7 7 1", true};
static const struct process_clone_call plain = {SIGCHLD, INSIDE, NULL},
				       shared = {CLONE_NEWUTS | CLONE_NEWNS | CLONE_VM |
							 CLONE_VFORK | SIGCHLD,
					       INSIDE, NULL},
				       joining = {CLONE_NEWPID | SIGCHLD, BETWEEN, NULL};
static const struct clock_offsets offsets = {"/proc/self/timens_offsets",
	"monotonic -1 500000000\n"};
static const struct join_opening opening = {0, "/a b", 4711, -1};
static const struct join_entering process = {.kinds = KIND_BIT(KIND_USER) | KIND_BIT(KIND_MNT),
					  .pid = 7},
				  net_file = {.kinds = KIND_BIT(KIND_NET)};
static const struct idmap_file joined_ids = {"uid_map", "uid_map", "0 0 1", false, BETWEEN};
static const unsigned user_and_time = CLONE_NEWUSER | CLONE_NEWTIME;
static const unsigned all_but_time = CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET |
				     CLONE_NEWUSER | CLONE_NEWCGROUP,
		      one = CLONE_NEWUTS;
static char *const few[] = {"id", "-u", "", "a\tb", NULL};
static char *const many[] = {"a", "1", "2", "3", "4", "5", "6", "7", "8", NULL};
static const struct command_call typed = {.typed = "id", .argv = few},
				 found = {.typed = "id", .found = "/usr/bin/id", .argv = few},
				 long_one = {.typed = "a", .argv = many};

static struct save_place place = {.path = "/run/a b", .parent = "/run/", .name = "a b"},
			 slashed = {.path = "d/", .parent = ".", .name = "d"};
static const struct save_call save = {&place, KIND_UTS, NULL},
			      save_slashed = {&slashed, KIND_PID, NULL};

static const struct {
	const struct step_kind *kind;
	const void *argument;
	const char *call, *calls; /* NULL: the same */
} texts[] = {
	{&uts_hostname, "nsrun", "sethostname(\"nsrun\", 5)", NULL},
	{&uts_hostname, "", "sethostname(\"\", 0)", NULL},
	/* the length counts bytes, not what is shown */
	{&uts_hostname, "\303\251\377\n", "sethostname(\"\303\251\\377\\n\", 4)", NULL},
	{&uts_domainname, "a b", "setdomainname(\"a b\", 3)", NULL},
	{&mount_private, &all_private, "mount(NULL, \"/\", NULL, MS_REC|MS_PRIVATE, NULL)", NULL},
	{&mount_slave, &all_slave, "mount(NULL, \"/\", NULL, MS_REC|MS_SLAVE, NULL)", NULL},
	{&mount_shared, &all_shared, "mount(NULL, \"/\", NULL, MS_REC|MS_SHARED, NULL)", NULL},
	{&mount_private, &proc_private, "mount(NULL, \"/proc\", NULL, MS_REC|MS_PRIVATE, NULL)",
		NULL},
	{&mount_private, &odd, "mount(NULL, \"/a \\\"b\\\"\\n\", NULL, MS_REC|MS_PRIVATE, NULL)",
		NULL},
	{&mount_proc, &proc,
		"mount(\"proc\", \"/proc\", \"proc\", MS_NOSUID|MS_NODEV|MS_NOEXEC, NULL)", NULL},
	{&net_loopback, NULL, "ioctl(fd, SIOCSIFFLAGS, {\"lo\", IFF_UP})",
		"socket(AF_INET, SOCK_DGRAM|SOCK_CLOEXEC, IPPROTO_IP)\n"
		"ioctl(_, SIOCSIFFLAGS, {ifr_name=\"lo\", ifr_flags=IFF_UP})"},
	{&user_setgroups, &deny, "write(\"/proc/self/setgroups\", \"deny\", 4)",
		"openat(AT_FDCWD, \"/proc/self/setgroups\", O_WRONLY|O_CLOEXEC)\n"
		"write(_, \"deny\", 4)"},
	{&user_gid_map, &gids, "write(\"/proc/self/gid_map\", \"0 1000 1\", 8)",
		"openat(AT_FDCWD, \"/proc/self/gid_map\", O_WRONLY|O_CLOEXEC)\n"
		"write(_, \"0 1000 1\", 8)"},
	{&user_uid_map, &uids, "write(\"/proc/PID/uid_map\", \"4294967294 1000 1\", 17)",
		"openat(AT_FDCWD, \"/proc/_/uid_map\", O_WRONLY|O_CLOEXEC)\n"
		"write(_, \"4294967294 1000 1\", 17)\nclose(_)"},
	{&ids_groups, &no_groups, "setgroups(0, NULL)", "setgroups(0, _)"},
	{&ids_groups, &two_groups, "setgroups(2, [5, 4294967294])", NULL},
	{&ids_gid, &id_seven, "setresgid(7, 7, 7)", NULL},
	{&ids_uid, &id_seven, "setresuid(7, 7, 7)", NULL},
	{&caps_keep, NULL, "prctl(PR_SET_KEEPCAPS, 1)", NULL},
	{&caps_ambient, NULL, "prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, each permitted, 0, 0)",
		"capset(_, _)\nprctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, _, 0, 0)"},
	{&user_newuidmap, &by_helper,
		"execve(\"/opt/a b/newuidmap\", [\"newuidmap\", PID, \"0\", \"5\", \"6\"], environ)",
		"pipe2(_, O_CLOEXEC)\nclone(child_stack=_, flags=CLONE_VM|CLONE_VFORK|"
		"CLONE_PARENT_SETTID|SIGCHLD, parent_tid=_)\ndup2(_, 2)\n"
		"execve(\"/opt/a b/newuidmap\", [\"newuidmap\", \"_\", \"0\", \"5\", \"6\"], _)"},
	{&user_limit, NULL, "write(\"/proc/sys/user/max_user_namespaces\", \"1\", 1)",
		"openat(AT_FDCWD, \"/proc/sys/user/max_user_namespaces\", O_WRONLY|O_CLOEXEC)\n"
		"write(_, \"1\", 1)"},
	{&user_nested, &nested, "unshare(CLONE_NEWUSER)",
		"prctl(PR_SET_DUMPABLE, SUID_DUMP_USER)\npipe2(_, O_CLOEXEC)\n"
		"clone(child_stack=_, flags=CLONE_PARENT_SETTID, parent_tid=_)\n"
		"unshare(CLONE_NEWUSER)\nwrite(_, \"\\0\", 1)\n"
		"openat(AT_FDCWD, \"/proc/_/gid_map\", O_WRONLY|O_CLOEXEC)\n"
		"write(_, \"0 0 5\\n7 7 1\", 11)\n"
		"openat(AT_FDCWD, \"/proc/_/uid_map\", O_WRONLY|O_CLOEXEC)\n"
		"write(_, \"0 0 9\", 5)\nprctl(PR_SET_DUMPABLE, SUID_DUMP_DISABLE)"},
	{&user_sealed, NULL, "unshare(CLONE_NEWUSER)", NULL},
	{&process_clone, &plain, "clone(inside, stack, CLONE_PARENT_SETTID|SIGCHLD, NULL, &pid)",
		"clone(child_stack=_, flags=CLONE_PARENT_SETTID|SIGCHLD, parent_tid=_)"},
	{&process_clone, &shared,
		"clone(inside, stack, CLONE_NEWNS|CLONE_NEWUTS|CLONE_VM|CLONE_VFORK|"
		"CLONE_PARENT_SETTID|SIGCHLD, NULL, &pid)",
		"clone(child_stack=_, flags=CLONE_NEWNS|CLONE_NEWUTS|CLONE_VM|CLONE_VFORK|"
		"CLONE_PARENT_SETTID|SIGCHLD, parent_tid=_)"},
	{&process_clone_between, &joining,
		"clone(between, stack, CLONE_NEWPID|CLONE_PARENT_SETTID|SIGCHLD, NULL, &pid)",
		"clone(child_stack=_, flags=CLONE_NEWPID|CLONE_PARENT_SETTID|SIGCHLD, parent_tid=_)"},
	{&process_unshare, &one, "unshare(CLONE_NEWUTS)", NULL},
	{&process_unshare_time, &user_and_time, "unshare(CLONE_NEWUSER|CLONE_NEWTIME)", NULL},
	{&time_offsets, &offsets,
		"write(\"/proc/self/timens_offsets\", \"monotonic -1 500000000\\n\", 23)",
		"openat(AT_FDCWD, \"/proc/self/timens_offsets\", O_WRONLY|O_CLOEXEC)\n"
		"write(_, \"monotonic -1 500000000\\n\", 23)"},
	{&process_unshare, &all_but_time,
		"unshare(CLONE_NEWNS|CLONE_NEWUTS|CLONE_NEWIPC|CLONE_NEWNET|CLONE_NEWUSER|"
		"CLONE_NEWCGROUP)",
		NULL},
	{&process_pdeathsig, NULL, "prctl(PR_SET_PDEATHSIG, SIGKILL)", NULL},
	{&process_foreground, NULL, "setpgid(0, 0), tcsetpgrp(0, getpgrp())",
		"setpgid(0, 0)\nioctl(0, TIOCSPGRP, _)"},
	{&process_signals, NULL, "sigprocmask(SIG_SETMASK, &inherited, NULL)",
		"rt_sigaction(SIGTSTP, _, _, 8)\nrt_sigaction(SIGTTIN, _, _, 8)\n"
		"rt_sigaction(SIGTTOU, _, _, 8)\nrt_sigprocmask(SIG_SETMASK, _, NULL, 8)"},
	{&join_hide, NULL, "prctl(PR_SET_DUMPABLE, 0)",
		"prctl(PR_SET_DUMPABLE, SUID_DUMP_DISABLE)"},
	{&join_show, NULL, "prctl(PR_SET_DUMPABLE, 1)", "prctl(PR_SET_DUMPABLE, SUID_DUMP_USER)"},
	{&join_open_process, &opening, "pidfd_open(4711, 0)", NULL},
	{&join_open_file, &opening, "open(\"/a b\", O_RDONLY|O_CLOEXEC)",
		"openat(AT_FDCWD, \"/a b\", O_RDONLY|O_CLOEXEC)"},
	{&join_open_directory, &opening, "open(\"/a b\", O_PATH|O_DIRECTORY|O_CLOEXEC)",
		"openat(AT_FDCWD, \"/a b\", O_RDONLY|O_PATH|O_DIRECTORY|O_CLOEXEC)"},
	{&join_open_self, NULL, "open(\"/proc/self\", O_PATH|O_DIRECTORY|O_CLOEXEC)",
		"openat(AT_FDCWD, \"/proc/self\", O_RDONLY|O_PATH|O_DIRECTORY|O_CLOEXEC)"},
	{&join_enter, &process, "setns(pidfd, CLONE_NEWNS|CLONE_NEWUSER)",
		"setns(_, CLONE_NEWNS|CLONE_NEWUSER)"},
	{&join_enter, &net_file, "setns(file, CLONE_NEWNET)", "setns(_, CLONE_NEWNET)"},
	{&join_ids, NULL, "setgid(0), setgroups(0, NULL), setuid(0)",
		"setgid(0)\nsetgroups(0, NULL)\nsetuid(0)"},
	{&join_root, NULL, "fchdir(root), chroot(\".\"), fchdir(directory)",
		"fchdir(_)\nchroot(\".\")\nfchdir(_)"},
	{&join_directory, "/a b", "chdir(\"/a b\")", NULL},
	{&cgroup_enter, "/c/cgroup.procs", "write(\"/c/cgroup.procs\", PID)",
		"openat(AT_FDCWD, \"/c/cgroup.procs\", O_WRONLY|O_CLOEXEC)\n"
		"write(_, _, _)\nclose(_)"},
	{&user_uid_map, &joined_ids, "write(\"/proc/self/uid_map\", \"0 0 1\", 5)",
		"openat(_, \"uid_map\", O_WRONLY|O_CLOEXEC)\nwrite(_, \"0 0 1\", 5)"},
	{&process_unshare_user, &user_and_time, "unshare(CLONE_NEWUSER|CLONE_NEWTIME)", NULL},
	{&command_chdir, "/a b", "chdir(\"/a b\")", NULL},
	{&command_exec, &typed, "execve(\"id\", [\"id\", \"-u\", \"\", \"a\\tb\"], environ)",
		"execve(\"id\", [\"id\", \"-u\", \"\", \"a\\tb\"], _)"},
	{&command_exec, &found,
		"execve(\"/usr/bin/id\", [\"id\", \"-u\", \"\", \"a\\tb\"], environ)",
		"execve(\"/usr/bin/id\", [\"id\", \"-u\", \"\", \"a\\tb\"], _)"},
	/* people see the first eight words */
	{&command_exec, &long_one,
		"execve(\"a\", [\"a\", \"1\", \"2\", \"3\", \"4\", \"5\", \"6\", \"7\", ...], environ)",
		"execve(\"a\", [\"a\", \"1\", \"2\", \"3\", \"4\", \"5\", \"6\", \"7\", \"8\"], _)"},
	{&save_directory, &save, "mkdir(\"/run/a b\", 01700), flock(open(\"/run/a b\"), LOCK_EX)",
		"openat(AT_FDCWD, \"/run/\", O_RDONLY|O_PATH|O_DIRECTORY|O_CLOEXEC)\n"
		"mkdirat(_, \"a b\", 01700)\n"
		"openat(_, \"a b\", O_RDONLY|O_DIRECTORY|O_NOFOLLOW|O_CLOEXEC)\n"
		"flock(_, LOCK_EX|LOCK_NB)\n"
		"statx(_, \"\", AT_STATX_SYNC_AS_STAT|AT_EMPTY_PATH, STATX_BASIC_STATS, _)\n"
		"statx(_, \"a b\", AT_STATX_SYNC_AS_STAT|AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, _)\n"
		"getdents64(_, _, 2048)\ngetdents64(_, _, 2048)"},
	{&save_private, &save,
		"mount(\"/run/a b\", \"/run/a b\", NULL, MS_BIND, NULL), mount(NULL, \"/run/a b\", "
		"NULL, MS_PRIVATE, NULL)",
		"open_tree(_, \"\", OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC|AT_EMPTY_PATH)\n"
		"move_mount(_, \"\", _, \"\", MOVE_MOUNT_F_EMPTY_PATH|MOVE_MOUNT_T_EMPTY_PATH)\n"
		"mount(NULL, \"/proc/self/fd/_\", NULL, MS_PRIVATE, NULL)"},
	{&save_bind, &save, "mount(\"/proc/PID/ns/uts\", \"/run/a b/uts\", NULL, MS_BIND, NULL)",
		"openat(_, \"uts\", O_WRONLY|O_CREAT|O_EXCL|O_NOFOLLOW|O_CLOEXEC, 0400)\n"
		"mount(\"/proc/_/ns/uts\", \"/proc/self/fd/_\", NULL, MS_BIND, NULL)\nclose(_)"},
	{&save_unlock, &save, "flock(directory, LOCK_UN)", "flock(_, LOCK_UN)"},
	{&save_pid_ended, &save_slashed, "umount2(\"d/pid\", MNT_DETACH), unlink(\"d/pid\")",
		"umount2(\"/proc/self/fd/_/pid\", MNT_DETACH|UMOUNT_NOFOLLOW)\n"
		"unlinkat(_, \"pid\", 0)"},
};

static void test_texts(void **state)
{
	(void)state;
	for (size_t i = 0; i < MADE_UP_COUNT(texts); i++) {
		struct step step = {texts[i].kind, OUTSIDE, texts[i].argument, "always"};
		char *call = made_up_text(&step, TEXT_CALL),
		     *calls = made_up_text(&step, TEXT_CALLS);

		assert_string_equal(call, texts[i].call);
		assert_string_equal(calls, texts[i].calls ? texts[i].calls : texts[i].call);
		assert_null(strchr(call, '\n'));
		free(call);
		free(calls);
	}
}

/* Outside stays the parent of whom between makes. */
static void test_clone_by_between(void **state)
{
	struct step step = {&process_clone, BETWEEN, &plain, "always"};
	char *call = made_up_text(&step, TEXT_CALL), *calls = made_up_text(&step, TEXT_CALLS);

	(void)state;
	assert_string_equal(call,
		"clone(inside, stack, CLONE_PARENT|CLONE_PARENT_SETTID|SIGCHLD, NULL, &pid)");
	assert_string_equal(calls,
		"clone(child_stack=_, flags=CLONE_PARENT|CLONE_PARENT_SETTID|SIGCHLD, parent_tid=_)");
	free(call);
	free(calls);
}

/* A sentence, a manual page, a name "domain.what" or "what". */
static void test_words(void **state)
{
	(void)state;
	for (size_t i = 0; i < MADE_UP_COUNT(texts); i++) {
		const struct step_kind *kind = texts[i].kind;
		size_t about = strlen(kind->about), manual = strlen(kind->manual);

		assert_int_equal(strspn(kind->name, "abcdefghijklmnopqrstuvwxyz._"),
			strlen(kind->name));
		/* the column that --explain has for it */
		assert_in_range(strlen(kind->name), 3, 15);
		assert_true(about > 10 && kind->about[about - 1] == '.');
		assert_true(manual > 3 && kind->manual[manual - 3] == '(' &&
			    kind->manual[manual - 1] == ')');
		assert_non_null(kind->run);
	}
}

static void test_supervise(void **state)
{
	struct step step = {&process_supervise, OUTSIDE, NULL, "always"};
	char *call = made_up_text(&step, TEXT_CALL), *calls = made_up_text(&step, TEXT_CALLS);

	(void)state;
	assert_int_equal(strncmp(call, "waitid(P_PID", 12), 0);
	assert_non_null(strstr(calls, "waitid("));
	assert_true(process_supervise.flags & STEP_ENDS);
	assert_true(process_clone.flags & STEP_CLONES);
	free(call);
	free(calls);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_clone_by_between),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_supervise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
