/* Each hint, word for word, from made-up facts; and none where the facts do not show it. */
#include "made_up.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>

#include "command.h"
#include "hint.h"
#include "idmap.h"
#include "mount.h"
#include "net.h"
#include "ns.h"
#include "plan.h"
#include "process.h"

static const struct process_clone_call uts_call = {CLONE_NEWUTS | SIGCHLD, INSIDE, NULL},
				       mnt_call = {CLONE_NEWNS | SIGCHLD, INSIDE, NULL},
				       user_call = {CLONE_NEWUSER | CLONE_NEWUTS | SIGCHLD, INSIDE,
					       NULL},
				       pid_call = {CLONE_NEWPID | CLONE_NEWNS | SIGCHLD, INSIDE,
					       NULL},
				       no_call = {SIGCHLD, INSIDE, NULL};
static const unsigned unshare_uts = CLONE_NEWUTS;
static const struct mount_propagation whole = {"/", MS_PRIVATE, "MS_PRIVATE"},
				      of_proc = {"/proc", MS_PRIVATE, "MS_PRIVATE"};
static const struct mount_proc_call nested_proc = {true, true}, plain_proc = {false, true},
				    same_pid_proc = {true, false};
static const struct net_call plain_net = {false}, user_net = {true};
static const struct idmap_file uid_file = {"uid_map", "/proc/self/uid_map", "0 1000 1", false,
	INSIDE};
static char *const argv_id[] = {"id", NULL};
static const struct command_call id = {.typed = "id", .argv = argv_id},
				 path_id = {.typed = "/opt/id", .argv = argv_id},
				 empty = {.typed = "", .argv = argv_id};

static const struct step new_uts = {&process_clone, OUTSIDE, &uts_call, "--uts"},
			 new_mnt = {&process_clone, OUTSIDE, &mnt_call, "--mount"},
			 new_user = {&process_clone, OUTSIDE, &user_call, "--user"},
			 new_pid = {&process_clone, OUTSIDE, &pid_call, "--pid"},
			 new_nothing = {&process_clone, OUTSIDE, &no_call, "always"},
			 in_place = {&process_unshare, OUTSIDE, &unshare_uts, "--uts"},
			 hostname = {&uts_hostname, INSIDE, "nsrun", "with --uts"},
			 private = {&mount_private, INSIDE, &whole, "with --mount"},
			 private_proc = {&mount_private, INSIDE, &of_proc, "with --pid"},
			 user_proc = {&mount_proc, INSIDE, &nested_proc, "with --pid"},
			 root_proc = {&mount_proc, INSIDE, &plain_proc, "with --pid"},
			 old_pid_proc = {&mount_proc, INSIDE, &same_pid_proc, "--mount-proc"},
			 uid_map = {&user_uid_map, INSIDE, &uid_file, "with --user"},
			 loopback = {&net_loopback, INSIDE, &plain_net, "with --net"},
			 exec_id = {&command_exec, INSIDE, &id, "COMMAND"},
			 exec_path = {&command_exec, INSIDE, &path_id, "COMMAND"},
			 exec_empty = {&command_exec, INSIDE, &empty, "COMMAND"};

/* The hint of a failed step, with what its errno means to the kind besides. */
static void assert_hint_of(const struct step *step, int number, int detail,
	const struct facts *facts, const char *sentence)
{
	const struct error error = {.step = 0, .number = number, .detail = detail};
	char *hint = hint_find(step, &error, facts);

	if (sentence && !hint)
		fail_msg("no hint, but should be: %s", sentence);
	if (!sentence && hint)
		fail_msg("should be no hint: %s", hint);
	if (sentence)
		assert_string_equal(hint, sentence);
	free(hint);
}

static void assert_hint(const struct step *step, int number, const struct facts *facts,
	const char *sentence)
{
	assert_hint_of(step, number, 0, facts, sentence);
}

#define CAP_HINT(kinds)                                                                            \
	"CAP_SYS_ADMIN is needed for new namespaces (" kinds "), and uid 1000 lacks it; --user "   \
	"gives it in a new user namespace"

static void test_capability(void **state)
{
	struct facts user = made_up_user(), root = made_up_root();

	(void)state;
	assert_hint(&new_uts, EPERM, &user, CAP_HINT("uts"));
	assert_hint(&new_pid, EPERM, &user, CAP_HINT("mnt pid"));
	assert_hint(&in_place, EPERM, &user, CAP_HINT("uts"));
	assert_hint(&new_uts, 0, &user, CAP_HINT("uts"));
	/* privilege is the capability, not the uid */
	user.effective = UINT64_C(1) << CAP_SYS_ADMIN;
	assert_hint(&new_uts, EPERM, &user, NULL);
	assert_hint(&new_uts, 0, &user, NULL);
	assert_hint(&new_uts, EPERM, &root, NULL);
	root.effective = MADE_UP_CAPABILITIES & ~(UINT64_C(1) << CAP_SYS_ADMIN);
	assert_hint(&new_uts, EPERM, &root,
		"CAP_SYS_ADMIN is needed for new namespaces (uts), and uid 0 lacks it; --user gives it "
		"in a new user namespace");
	user = made_up_user();
	assert_hint(&new_user, EPERM, &user, NULL);
	assert_hint(&new_user, 0, &user, NULL);
	assert_hint(&new_nothing, 0, &user, NULL);
	assert_hint(&new_nothing, EPERM, &user, NULL);
	/* another errno is not about privilege */
	assert_hint(&new_uts, EAGAIN, &root, NULL);
}

static bool proposes_user(struct facts facts)
{
	const struct error error = {.number = EPERM};
	char *hint = hint_find(&new_uts, &error, &facts);
	bool proposes = hint && strstr(hint, "--user gives");

	free(hint);
	return proposes;
}

/* --user is proposed only where nothing known refuses it. */
static void test_user_is_no_cure(void **state)
{
	struct facts facts = made_up_user();

	(void)state;
	assert_true(proposes_user(facts));
	assert_false(proposes_user(made_up_without_user()));
	facts.userns_clone = 0;
	assert_false(proposes_user(facts));
	facts = made_up_user();
	facts.chroot = YES;
	assert_false(proposes_user(facts));
	facts = made_up_user();
	facts.limit[KIND_USER] = 0;
	assert_false(proposes_user(facts));
}

static void test_user_refused(void **state)
{
	struct facts facts = made_up_root();

	(void)state;
	facts.chroot = YES;
	assert_hint(&new_user, EPERM, &facts,
		"the kernel makes no user namespace in a chroot; use pivot_root instead of it, or leave "
		"--user out");
	assert_hint(&new_user, 0, &facts,
		"the kernel makes no user namespace in a chroot; use pivot_root instead of it, or leave "
		"--user out");
	assert_hint(&new_uts, EPERM, &facts, NULL);
	/* where the root of PID 1 cannot be read, a probe that nothing else explains */
	facts.chroot = UNKNOWN;
	assert_hint(&new_user, EPERM, &facts, NULL);
	facts.probed = KIND_ALL;
	facts.probe[KIND_USER] = EPERM;
	assert_hint(&new_user, EPERM, &facts,
		"either the root directory was set by chroot(2), in which the kernel makes no user "
		"namespace (use pivot_root instead of it), or a security module refuses it");
	facts.seccomp = 2;
	assert_hint(&new_user, EPERM, &facts,
		"a seccomp filter is in force here (Seccomp: 2 in /proc/self/status), and may refuse "
		"this call");
	facts = made_up_user();
	facts.userns_clone = 0;
	assert_hint(&new_user, EPERM, &facts,
		"kernel.unprivileged_userns_clone is 0: only root may make user namespaces here");
	facts.userns_clone = 1;
	assert_hint(&new_user, EPERM, &facts, NULL);
	facts = made_up_root();
	facts.userns_clone = 0;
	assert_hint(&new_user, EPERM, &facts, NULL);
	facts = made_up_user();
	facts.uid_unmapped = true;
	assert_hint(&new_user, EPERM, &facts,
		"the caller's user id is not mapped in the present user namespace");
	facts.uid_unmapped = false;
	facts.gid_unmapped = true;
	assert_hint(&new_user, EPERM, &facts,
		"the caller's group id is not mapped in the present user namespace");
}

static void test_missing_kind(void **state)
{
	struct facts facts = made_up_without_user();

	(void)state;
	assert_hint(&new_user, EINVAL, &facts,
		"this kernel, 6.18.44-made-up, has no such namespaces: user");
	assert_hint(&new_user, 0, &facts,
		"this kernel, 6.18.44-made-up, has no such namespaces: user");
	facts = made_up_root();
	facts.kinds &= ~(KIND_BIT(KIND_PID) | KIND_BIT(KIND_MNT));
	assert_hint(&new_pid, EINVAL, &facts,
		"this kernel, 6.18.44-made-up, has no such namespaces: mnt pid");
	assert_hint(&new_uts, EINVAL, &facts, NULL);
	facts = made_up_root();
	assert_hint(&new_user, EINVAL, &facts, NULL);
	/* one that is not asked for does not matter */
	facts = made_up_without_time();
	assert_hint(&new_user, EINVAL, &facts, NULL);
	assert_hint(&new_user, 0, &facts, NULL);
}

/* With several kinds only the probes tell which one is at its limit. */
static void test_limits(void **state)
{
	struct facts facts = made_up_root();

	(void)state;
	assert_hint(&new_user, ENOSPC, &facts, NULL);
	facts.probed = KIND_ALL;
	assert_hint(&new_user, ENOSPC, &facts, NULL);
	facts.probe[KIND_UTS] = ENOSPC;
	facts.limit[KIND_UTS] = 3;
	assert_hint(&new_user, ENOSPC, &facts,
		"a limit on uts namespaces is reached: /proc/sys/user/max_uts_namespaces is 3 for uid "
		"0, and a user namespace further out may set less");
	facts.limit[KIND_UTS] = 0;
	assert_hint(&new_uts, ENOSPC, &facts,
		"no uts namespaces are allowed: /proc/sys/user/max_uts_namespaces is 0");
	assert_hint(&new_uts, 0, &facts,
		"no uts namespaces are allowed: /proc/sys/user/max_uts_namespaces is 0");
	assert_hint(&new_mnt, 0, &facts, NULL);
	facts.probe[KIND_PID] = ENOSPC;
	assert_hint(&new_pid, ENOSPC, &facts,
		"a limit on pid namespaces is reached: /proc/sys/user/max_pid_namespaces is 15000 for "
		"uid 0, and they nest 32 deep at most");
	/* refused together with a new user namespace, it may be that one: it comes first */
	facts.probe[KIND_USER] = ENOSPC;
	assert_hint(&new_user, ENOSPC, &facts,
		"a limit on user namespaces is reached: /proc/sys/user/max_user_namespaces is 15000 "
		"for uid 0, and they nest 32 deep at most");
}

/* What else keeps an id map from being written. */
static void test_id_maps(void **state)
{
	static const struct idmap_file outer = {"gid_map", "/proc/self/gid_map", "0 0 1", true,
		INSIDE};
	const struct step from_outside = {&user_gid_map, OUTSIDE, &outer, "with --user"};
	struct facts facts = made_up_root();

	(void)state;
	assert_hint(&from_outside, ESRCH, &facts,
		"/proc belongs to another PID namespace than nsrun's, and shows its child under another "
		"number or not at all");
	assert_hint(&from_outside, EPERM, &facts, NULL);
	facts.effective &= ~(UINT64_C(1) << CAP_SETFCAP);
	assert_hint(&from_outside, EPERM, &facts,
		"mapping root wants CAP_SETFCAP since Linux 5.12, and the caller lacks it");
	assert_hint(&uid_map, EROFS, &facts, NULL);
	facts.proc_read_only = true;
	assert_hint(&uid_map, EROFS, &facts,
		"/proc is mounted read-only, and uid_map is written there");
}

static void test_loopback(void **state)
{
	const struct step in_user = {&net_loopback, INSIDE, &user_net, "with --net"};
	struct facts facts = made_up_user();

	(void)state;
	assert_hint(&loopback, EPERM, &facts, "the caller lacks CAP_NET_ADMIN; use --no-loopback");
	assert_hint(&in_user, EPERM, &facts, NULL);
	facts = made_up_root();
	assert_hint(&loopback, EPERM, &facts, NULL);
}

static void test_mount_limit(void **state)
{
	struct facts facts = made_up_root();

	(void)state;
	facts.probed = KIND_ALL;
	facts.probe[KIND_MNT] = ENOSPC;
	facts.mounts = 60000;
	assert_hint(&root_proc, ENOSPC, &facts,
		"this mount namespace has 60000 mounts, and fs.mount-max is 100000");
	facts.mounts = 30;
	assert_hint(&new_mnt, ENOSPC, &facts,
		"a limit on mnt namespaces is reached: /proc/sys/user/max_mnt_namespaces is 15000 for "
		"uid 0, and a user namespace further out may set less");
}

static void test_processes(void **state)
{
	struct facts facts = made_up_user();

	(void)state;
	assert_hint(&new_user, EAGAIN, &facts, "uid 1000 may have 4000 processes (ulimit -u)");
	facts.process_limit = -1;
	assert_hint(&new_user, EAGAIN, &facts, NULL);
	assert_hint(&new_pid, ENOMEM, &facts, NULL);
	facts.children_elsewhere = true;
	assert_hint(&new_pid, ENOMEM, &facts,
		"the PID namespace for children of this process has lost its init, so nothing can be "
		"started in it");
}

#define CHROOT_HINT                                                                                \
	"the root directory is no mount point here (a chroot), so the kernel gives no private "    \
	"tree; use `mount --bind DIR DIR` before the chroot, or pivot_root instead of it"

static void test_propagation(void **state)
{
	struct facts facts = made_up_root();

	(void)state;
	assert_hint(&private, EINVAL, &facts, NULL);
	assert_hint(&private, 0, &facts, NULL);
	facts.root_is_mount = false;
	assert_hint(&private, EINVAL, &facts, CHROOT_HINT);
	assert_hint(&private, 0, &facts, CHROOT_HINT);
	assert_hint(&private, EPERM, &facts, NULL);
	assert_hint(&private_proc, EINVAL, &facts, NULL);
}

static void test_proc(void **state)
{
	struct facts facts = made_up_user();

	(void)state;
	assert_hint(&user_proc, EPERM, &facts, NULL);
	assert_hint(&user_proc, 0, &facts, NULL);
	snprintf(facts.covered, sizeof facts.covered, "/proc/sys");
	assert_hint(&user_proc, EPERM, &facts,
		"/proc/sys is covered by another mount, so the kernel refuses a new proc here; use "
		"--no-proc");
	assert_hint(&user_proc, 0, &facts,
		"/proc/sys is covered by another mount, so the kernel refuses a new proc here; use "
		"--no-proc");
	/* the initial user namespace may do it all the same, a nested one not even without --user */
	assert_hint(&root_proc, EPERM, &facts, NULL);
	facts.nested_user = true;
	snprintf(facts.covered, sizeof facts.covered, "/proc/sys, /proc/kcore");
	assert_hint(&root_proc, EPERM, &facts,
		"/proc/sys, /proc/kcore are covered by another mount, so the kernel refuses a new proc "
		"here; use --no-proc");
	assert_hint(&root_proc, EBUSY, &facts, NULL);
	facts = made_up_user();
	facts.proc_mounted = false;
	assert_hint(&user_proc, EPERM, &facts,
		"no proc is mounted at /proc, so the kernel refuses a new one in a user namespace; use "
		"--no-proc");
	facts = made_up_user();
	facts.proc_read_only = true;
	assert_hint(&user_proc, EPERM, &facts,
		"/proc is mounted read-only, so the kernel refuses a new proc here; use --no-proc");
	facts = made_up_user();
	assert_hint(&old_pid_proc, EPERM, &facts,
		"in a new user namespace the kernel mounts a proc only with a new PID namespace; add "
		"--pid");
	facts = made_up_root();
	assert_hint(&root_proc, ENOENT, &facts, "there is no directory /proc here; use --no-proc");
}

static void test_maps(void **state)
{
	struct facts facts = made_up_user();

	(void)state;
	assert_hint(&uid_map, ENOENT, &facts, NULL);
	assert_hint(&uid_map, EPERM, &facts, NULL);
	facts.proc_mounted = false;
	assert_hint(&uid_map, ENOENT, &facts,
		"no proc is mounted at /proc, and uid_map is written there");
}

/* What may be behind a refusal of any call. */
static void test_any(void **state)
{
	struct facts facts = made_up_user();

	(void)state;
	assert_hint(&hostname, EPERM, &facts, NULL);
	snprintf(facts.apparmor, sizeof facts.apparmor, "lab (enforce)");
	assert_hint(&hostname, EPERM, &facts,
		"AppArmor confines this process by the profile lab (enforce)");
	assert_hint(&hostname, EACCES, &facts,
		"AppArmor confines this process by the profile lab (enforce)");
	assert_hint(&hostname, EINVAL, &facts, NULL);
	assert_hint(&hostname, ENOSYS, &facts, NULL);
	facts = made_up_user();
	facts.apparmor_restrict = 1;
	/* it bites at the clone or only at a later step (kernel-traps 17) */
	assert_hint(&uid_map, EPERM, &facts,
		"kernel.apparmor_restrict_unprivileged_userns is 1: AppArmor takes the capabilities of "
		"an ordinary user's new user namespace away");
	assert_hint(&new_user, EPERM, &facts,
		"kernel.apparmor_restrict_unprivileged_userns is 1: AppArmor takes the capabilities of "
		"an ordinary user's new user namespace away");
	facts.apparmor_restrict = 0;
	assert_hint(&uid_map, EPERM, &facts, NULL);
	facts = made_up_root();
	facts.apparmor_restrict = 1;
	assert_hint(&uid_map, EPERM, &facts, NULL);
}

static void test_seccomp(void **state)
{
	struct facts facts = made_up_root();

	(void)state;
	facts.seccomp = 2;
	assert_hint(&loopback, EPERM, &facts,
		"a seccomp filter is in force here (Seccomp: 2 in /proc/self/status), and may refuse "
		"this call");
	assert_hint(&new_uts, ENOSYS, &facts,
		"a seccomp filter is in force here (Seccomp: 2 in /proc/self/status), and may refuse "
		"this call");
	assert_hint(&loopback, EINVAL, &facts, NULL);
	assert_hint(&loopback, 0, &facts, NULL);
	facts.seccomp = 1;
	assert_hint(&loopback, EPERM, &facts,
		"strict seccomp is in force here (Seccomp: 1 in /proc/self/status)");
	facts.seccomp = -1;
	assert_hint(&loopback, EPERM, &facts, NULL);
	facts.seccomp = 0;
	assert_hint(&loopback, EPERM, &facts, NULL);
}

static void test_not_found(void **state)
{
	struct facts facts = made_up_root();

	(void)state;
	facts.known |= FACT_COMMAND;
	assert_hint(&exec_id, ENOENT, &facts,
		"looked for in PATH, \"/usr/local/bin:/usr/bin:/bin\"");
	facts.path = NULL;
	assert_hint(&exec_id, ENOENT, &facts,
		"looked for in PATH, \"/bin:/usr/bin\" (libc's default: PATH is not set)");
	facts.path = "";
	assert_hint(&exec_id, ENOENT, &facts, "looked for in PATH, \"\"");
	/* these were not searched for */
	assert_hint(&exec_path, ENOENT, &facts, NULL);
	assert_hint(&exec_empty, ENOENT, &facts, NULL);
}

/* The obstacle of --explain has no error line in front: it says by itself what is wrong. */
static void test_foreseen_not_found(void **state)
{
	struct facts facts = made_up_root();

	(void)state;
	facts.known |= FACT_COMMAND;
	assert_hint(&exec_id, 0, &facts,
		"\"id\" does not exist; looked for in PATH, \"/usr/local/bin:/usr/bin:/bin\"");
	assert_hint(&exec_path, 0, &facts, "\"/opt/id\" does not exist");
	assert_hint(&exec_empty, 0, &facts, "\"\" does not exist");
}

static void test_command_file(void **state)
{
	struct facts facts = made_up_root();
	struct command_facts *file = &facts.command;

	(void)state;
	made_up_command(&facts);
	assert_hint_of(&exec_id, EACCES, 1, &facts, NULL);
	assert_hint(&exec_id, 0, &facts, NULL);
	file->directory = true;
	assert_hint_of(&exec_id, EACCES, 1, &facts, "\"/usr/bin/id\" is a directory");
	file->directory = false;
	file->not_executable = true;
	assert_hint_of(&exec_id, EACCES, 1, &facts,
		"\"/usr/bin/id\" has no execute permission for this caller");
	assert_hint(&exec_id, 0, &facts,
		"\"/usr/bin/id\" has no execute permission for this caller");
	file->not_executable = false;
	file->noexec = true;
	assert_hint_of(&exec_id, EACCES, 1, &facts, "\"/usr/bin/id\" lies on a mount with noexec");
	file->noexec = false;
	file->interpreter_missing = true;
	assert_hint_of(&exec_path, ENOENT, 1, &facts,
		"\"/usr/bin/id\" wants \"/lib64/ld-linux-x86-64.so.2\", which is missing here");
	assert_hint(&exec_id, 0, &facts,
		"\"/usr/bin/id\" wants \"/lib64/ld-linux-x86-64.so.2\", which is missing here");
	file->interpreter_missing = false;
	assert_hint_of(&exec_id, ENOEXEC, 1, &facts,
		"\"/usr/bin/id\" is an ELF file that this kernel does not run");
	file->elf = false;
	assert_hint_of(&exec_id, ENOEXEC, 1, &facts, NULL);
	snprintf(file->path, sizeof file->path, "/tmp/\033\377");
	file->directory = true;
	assert_hint_of(&exec_id, EACCES, 1, &facts, "\"/tmp/\\033\\377\" is a directory");
}

/* What was not read is not said. */
static void test_unknown_facts(void **state)
{
	static const struct step *const steps[] = {&new_uts, &new_user, &new_pid, &in_place,
		&hostname, &private, &user_proc, &root_proc, &uid_map, &loopback, &exec_id,
		&exec_path};
	static const int numbers[] = {0, EPERM, EACCES, EINVAL, ENOSPC, ENOENT, ENOSYS, ENOMEM,
		EAGAIN};
	const struct facts nothing = {.uid = 1000, .path = "/bin", .default_path = "/bin"};

	(void)state;
	for (size_t i = 0; i < MADE_UP_COUNT(steps); i++)
		for (size_t j = 0; j < MADE_UP_COUNT(numbers); j++)
			assert_hint(steps[i], numbers[j], &nothing, NULL);
}

/* The first obstacle of a whole plan. */
static void test_obstacle(void **state)
{
	char *argv[] = {(char *)"nsrun", (char *)"-Up", (char *)"id", NULL};
	struct facts facts = made_up_user();
	struct error error;
	struct spec spec;
	struct plan plan;
	char *hint;

	(void)state;
	made_up_command(&facts);
	assert_int_equal(made_up_parse(argv, &spec, &error), 0);
	assert_int_equal(plan_build(&spec, &facts, &plan, &error), 0);
	assert_null(hint_obstacle(&plan, &facts));
	facts.command.not_executable = true;
	hint = hint_obstacle(&plan, &facts);
	assert_string_equal(hint, "\"/usr/bin/id\" has no execute permission for this caller");
	free(hint);
	snprintf(facts.covered, sizeof facts.covered, "/proc/sys");
	hint = hint_obstacle(&plan, &facts);
	assert_int_equal(strncmp(hint, "/proc/sys is covered", 20), 0);
	free(hint);
	facts.limit[KIND_PID] = 0;
	hint = hint_obstacle(&plan, &facts);
	assert_string_equal(hint,
		"no pid namespaces are allowed: /proc/sys/user/max_pid_namespaces is 0");
	free(hint);
	plan_free(&plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_capability),
		cmocka_unit_test(test_user_is_no_cure),
		cmocka_unit_test(test_user_refused),
		cmocka_unit_test(test_missing_kind),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_id_maps),
		cmocka_unit_test(test_loopback),
		cmocka_unit_test(test_mount_limit),
		cmocka_unit_test(test_processes),
		cmocka_unit_test(test_propagation),
		cmocka_unit_test(test_proc),
		cmocka_unit_test(test_maps),
		cmocka_unit_test(test_any),
		cmocka_unit_test(test_seccomp),
		cmocka_unit_test(test_not_found),
		cmocka_unit_test(test_foreseen_not_found),
		cmocka_unit_test(test_command_file),
		cmocka_unit_test(test_unknown_facts),
		cmocka_unit_test(test_obstacle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
