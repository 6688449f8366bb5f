/* The facts of this machine: held against what its files and calls say to the test itself. */
#include "made_up.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "process.h"

static const struct spec plain = {.map_user = ID_NOT_GIVEN,
	.map_group = ID_NOT_GIVEN,
	.setuid = ID_NOT_GIVEN,
	.setgid = ID_NOT_GIVEN};

static void test_plan(void **state)
{
	char *command[] = {(char *)"true", NULL};
	struct spec spec = plain;
	struct facts facts;

	(void)state;
	spec.command = command;
	facts_for_plan(&spec, &facts);
	assert_int_equal(facts.uid, geteuid());
	assert_int_equal(facts.gid, getegid());
	/* nothing is read that nobody asked for */
	assert_int_equal(facts.known, 0);
	assert_ptr_equal(facts.path, getenv("PATH"));
	spec.all = 1;
	facts_for_plan(&spec, &facts);
	assert_int_equal(facts.known, FACT_CAPABILITIES);
	spec = plain;
	spec.command = command;
	spec.keep_caps = spec.disable_userns = 1;
	facts_for_plan(&spec, &facts);
	assert_int_equal(facts.known, 0);
	spec.setuid = 0;
	facts_for_plan(&spec, &facts);
	assert_int_equal(facts.known, FACT_CAPABILITIES);
	spec.map_auto = 1;
	facts_for_plan(&spec, &facts);
	assert_int_equal(facts.known, FACT_CAPABILITIES | FACT_SUBIDS);
	/* whoever may write the maps needs no helper */
	if (facts_has_capability(&facts, CAP_SETUID))
		assert_string_equal(facts.newuidmap.path, "");
	facts_free(&facts);
	assert_null(facts.sub_uids.ranges);
	spec = plain;
	spec.command = NULL;
	facts_for_plan(&spec, &facts);
	assert_int_equal(facts.known, FACT_TERMINAL);
	assert_int_equal(facts.terminal, isatty(STDIN_FILENO));
	if (!facts.terminal)
		assert_false(facts.foreground);
}

static void test_default_path(void **state)
{
	char path[100];
	struct facts facts;

	(void)state;
	facts_for_plan(&plain, &facts);
	assert_in_range(confstr(_CS_PATH, path, sizeof path), 1, sizeof path);
	assert_string_equal(facts.default_path, path);
}

static void test_shell(void **state)
{
	const char *shell = getenv("SHELL");
	char *before = shell ? strdup(shell) : NULL;
	struct facts facts;

	(void)state;
	setenv("SHELL", "/bin/odd", 1);
	facts_for_plan(&plain, &facts);
	assert_string_equal(facts.shell, "/bin/odd");
	setenv("SHELL", "", 1);
	facts_for_plan(&plain, &facts);
	assert_string_equal(facts.shell, "/bin/sh");
	unsetenv("SHELL");
	facts_for_plan(&plain, &facts);
	assert_string_equal(facts.shell, "/bin/sh");
	if (before)
		setenv("SHELL", before, 1);
	free(before);
}

/* The value behind NAME in /proc/self/status. */
static unsigned long long status_value(const char *name, int base)
{
	FILE *file = fopen("/proc/self/status", "re");
	char line[256];
	unsigned long long value = 0;

	assert_non_null(file);
	while (fgets(line, sizeof line, file))
		if (!strncmp(line, name, strlen(name)))
			value = strtoull(line + strlen(name), NULL, base);
	fclose(file);
	return value;
}

static void explain(struct facts *facts)
{
	char *command[] = {(char *)"sh", NULL};
	struct spec spec = plain;

	spec.command = command;
	facts_for_explain(&spec, facts);
}

static void test_explain(void **state)
{
	struct utsname name;
	struct facts facts;

	(void)state;
	explain(&facts);
	assert_int_equal(facts.effective, status_value("CapEff:", 16));
	assert_int_equal(facts_has_capability(&facts, CAP_SYS_ADMIN),
		facts.effective >> CAP_SYS_ADMIN & 1);
	assert_int_equal(facts.seccomp, status_value("Seccomp:", 10));
	uname(&name);
	assert_string_equal(facts.release, name.release);
	for (int i = 0; i < KIND_COUNT; i++) {
		char path[64];
		bool exists;

		snprintf(path, sizeof path, "/proc/self/ns/%s", namespaces[i].name);
		exists = faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
		assert_int_equal((facts.kinds & KIND_BIT(i)) != 0, exists);
	}
	assert_int_equal(facts.known,
		FACT_CAPABILITIES | FACT_MACHINE | FACT_REFUSALS | FACT_COMMAND | FACT_SUBIDS);
	assert_string_equal(facts.command.path + strlen(facts.command.path) - 3, "/sh");
	assert_true(facts.command.elf);
}

static long long file_number(const char *path)
{
	FILE *file = fopen(path, "re");
	long long value = -1;

	if (file && fscanf(file, "%lld", &value) != 1)
		value = -1;
	if (file)
		fclose(file);
	return value;
}

static void test_limits(void **state)
{
	struct facts facts;

	(void)state;
	explain(&facts);
	for (int i = 0; i < KIND_COUNT; i++) {
		char path[80];

		snprintf(path, sizeof path, "/proc/sys/user/%s", namespaces[i].sysctl);
		assert_int_equal(facts.limit[i], file_number(path));
	}
	assert_int_equal(facts.mount_max, file_number("/proc/sys/fs/mount-max"));
	assert_int_equal(facts.userns_clone,
		file_number("/proc/sys/kernel/unprivileged_userns_clone"));
	assert_int_equal(facts.apparmor_restrict,
		file_number("/proc/sys/kernel/apparmor_restrict_unprivileged_userns"));
}

static void test_mounts(void **state)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	struct facts facts;
	long lines = 0;
	int c;

	(void)state;
	explain(&facts);
	assert_non_null(file);
	while ((c = getc(file)) != EOF)
		lines += c == '\n';
	fclose(file);
	assert_int_equal(facts.mounts, lines);
	assert_true(facts.proc_mounted);
	assert_false(facts.uid_unmapped || facts.gid_unmapped);
	assert_false(facts.children_elsewhere);
}

/* Asks in a child, where RLIMIT_NPROC is 5000; ends with 0 if the answer is right: root is bound by
 * no such limit, fork(2). */
static int ask_limited(void)
{
	struct rlimit limit = {5000, 5000};
	struct facts facts;

	if (setrlimit(RLIMIT_NPROC, &limit) < 0)
		return 2;
	explain(&facts);
	return facts.process_limit != (geteuid() == 0 ? -1 : 5000);
}

static void test_process_limit(void **state)
{
	pid_t pid = fork();
	int status;

	(void)state;
	if (pid == 0)
		_exit(ask_limited());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* Each kind is tried in a child that ends at once; nobody is left. */
static void test_probes(void **state)
{
	struct facts facts;

	(void)state;
	facts_for_plan(&plain, &facts);
	facts_for_hint(&plain, process_clone.facts, &facts);
	assert_true(facts.known & FACT_PROBES);
	assert_int_equal(facts.probed, KIND_ALL);
	for (int i = 0; i < KIND_COUNT; i++)
		if (facts.probed & KIND_BIT(i))
			assert_in_range(facts.probe[i], 0, 200);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

/* In a chroot whose root is no mount point: 0 if the answers are right, 77 without the privilege. */
static int ask_in_chroot(const char *directory)
{
	struct facts facts;

	if (chroot(directory) < 0 || chdir("/") < 0)
		return 77;
	explain(&facts);
	return facts.chroot == YES && !facts.root_is_mount && !facts.proc_mounted ? 0 : 1;
}

static void test_chroot(void **state)
{
	char directory[] = "/tmp/nsrun-facts-XXXXXX";
	bool may = status_value("CapEff:", 16) >> CAP_SYS_CHROOT & 1;
	pid_t pid;
	int status;

	(void)state;
	assert_non_null(mkdtemp(directory));
	pid = fork();
	if (pid == 0)
		_exit(ask_in_chroot(directory));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(rmdir(directory), 0);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), may ? 0 : 77);
}

static void test_no_chroot(void **state)
{
	struct facts facts;

	(void)state;
	explain(&facts);
	assert_int_not_equal(facts.chroot, YES);
	assert_true(facts.root_is_mount);
}

static void test_capability(void **state)
{
	struct facts facts = {.effective = UINT64_C(1) << 40};

	(void)state;
	assert_true(facts_has_capability(&facts, 40));
	assert_false(facts_has_capability(&facts, CAP_SYS_ADMIN));
	facts.effective = UINT64_C(1) << CAP_SYS_ADMIN;
	assert_true(facts_has_capability(&facts, CAP_SYS_ADMIN));
	assert_false(facts_has_capability(&facts, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plan),
		cmocka_unit_test(test_default_path),
		cmocka_unit_test(test_shell),
		cmocka_unit_test(test_explain),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_mounts),
		cmocka_unit_test(test_process_limit),
		cmocka_unit_test(test_probes),
		cmocka_unit_test(test_chroot),
		cmocka_unit_test(test_no_chroot),
		cmocka_unit_test(test_capability),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
