/* Which files a name may mean, and what a failed exec says. */
#include "made_up.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command.h"
#include "launch.h"

static void test_candidates(void **state)
{
	static const struct {
		const char *name, *path, *list;
	} cases[] = {
		{"id", "/usr/bin", "/usr/bin/id"},
		{"id", "/a:/b:/c", "/a/id /b/id /c/id"},
		/* an empty entry is the working directory, wherever it stands */
		{"id", "", "./id"},
		{"id", ":/a", "./id /a/id"},
		{"id", "/a:", "/a/id ./id"},
		{"id", "/a::/b", "/a/id ./id /b/id"},
		{"id", "rel:/", "rel/id //id"},
		/* a slash anywhere: no search */
		{"/bin/id", "/a:/b", "/bin/id"},
		{"./id", "/a:/b", "./id"},
		{"a/", "/a:/b", "a/"},
		/* an empty name is no directory of PATH */
		{"", "/a:/b", ""},
	};

	(void)state;
	for (size_t i = 0; i < MADE_UP_COUNT(cases); i++) {
		struct arena arena = {0};
		char **list = command_candidates(&arena, cases[i].name, cases[i].path);
		char line[100] = "";

		assert_non_null(list);
		for (int j = 0; list[j]; j++) {
			strcat(line, j ? " " : "");
			strcat(line, list[j]);
		}
		assert_string_equal(line, cases[i].list);
		arena_free(&arena);
	}
}

static char directory[] = "/tmp/nsrun-command-XXXXXX";

static int make_directory(void **state)
{
	(void)state;
	return mkdtemp(directory) && chdir(directory) == 0 ? 0 : -1;
}

static int remove_directory(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof command, "rm -rf %s", directory);
	return chdir("/") == 0 ? system(command) : -1;
}

static void make_file(const char *name, const char *text, mode_t mode)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

/* The error of an exec that fails, tried in this very process. */
static struct error try_exec(const char *typed, const char *path)
{
	char *argv[] = {(char *)typed, NULL}, *shell_argv[3] = {(char *)"/bin/sh"};
	struct error error = {.step = ERROR_NONE};
	struct arena arena = {0};
	struct launch launch = {0};
	struct command_call call = {
		.typed = typed,
		.candidates = command_candidates(&arena, typed, path),
		.argv = argv,
		.shell_argv = shell_argv,
	};
	struct step step = {&command_exec, INSIDE, &call, "COMMAND"};

	assert_int_equal(command_exec.run(&launch, &step, &error), -1);
	arena_free(&arena);
	return error;
}

static void test_exec_errors(void **state)
{
	static const struct {
		const char *typed, *path;
		int number, status;
	} cases[] = {
		{"nothing", "here:there", ENOENT, 127},
		{"./nothing", "here", ENOENT, 127},
		{"", "here", ENOENT, 127},
		{"here/plain/x", "", ENOTDIR, 126},
		/* a directory of PATH that is none is passed over */
		{"nothing", "here/plain:here", ENOENT, 127},
		{"plain", "here:there", EACCES, 126},
		{"here", "/nowhere:.", EACCES, 126},
		{"./here", "", EACCES, 126},
		/* a later candidate that cannot be executed counts too */
		{"plain", "there:here", EACCES, 126},
		{"no-interpreter", "here", ENOENT, 126},
		{"here/no-interpreter", "", ENOENT, 126},
		{"foreign", "here", ENOEXEC, 126},
		{"here/loop", "", ELOOP, 126},
	};

	(void)state;
	assert_int_equal(mkdir("here", 0755), 0);
	assert_int_equal(mkdir("there", 0755), 0);
	make_file("here/plain", "x", 0644);
	make_file("here/no-interpreter", "#!/nowhere/at/all\n", 0755);
	make_file("here/foreign", "\177ELF of no kind", 0755);
	assert_int_equal(symlink("loop", "here/loop"), 0);
	for (size_t i = 0; i < MADE_UP_COUNT(cases); i++) {
		struct error error = try_exec(cases[i].typed, cases[i].path);

		if (error.number != cases[i].number || command_status(&error) != cases[i].status)
			fail_msg("\"%s\" in PATH %s: errno %d, status %d", cases[i].typed,
				cases[i].path, error.number, command_status(&error));
	}
}

static void test_long_name(void **state)
{
	char name[5000];
	struct error error;

	(void)state;
	memset(name, 'x', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	error = try_exec(name, "/bin:/usr/bin");
	assert_int_equal(error.number, ENAMETOOLONG);
	assert_int_equal(command_status(&error), 126);
}

static struct command_facts look(const char *name, const char *path)
{
	struct arena arena = {0};
	struct command_facts facts;

	memset(&facts, 0xff, sizeof facts);
	command_look_up(command_candidates(&arena, name, path), &facts);
	arena_free(&arena);
	return facts;
}

static void test_look(void **state)
{
	struct command_facts facts = look("nothing", "here:there");

	(void)state;
	assert_string_equal(facts.path, "");
	assert_false(facts.directory || facts.not_executable || facts.interpreter_missing);
	facts = look("plain", "there:here");
	assert_string_equal(facts.path, "here/plain");
	assert_true(facts.not_executable);
	facts = look("here", ".");
	assert_string_equal(facts.path, "./here");
	assert_true(facts.directory);
	facts = look("no-interpreter", "here");
	assert_string_equal(facts.interpreter, "/nowhere/at/all");
	assert_true(facts.interpreter_missing);
	assert_false(facts.not_executable || facts.elf || facts.directory);
	facts = look("foreign", "here");
	assert_true(facts.elf);
	assert_false(facts.not_executable);
}

static void test_look_at_scripts(void **state)
{
	struct command_facts facts;

	(void)state;
	make_file("here/spaced", "#! \t /bin/sh -e\necho\n", 0755);
	make_file("here/bare", "echo\n", 0755);
	make_file("here/empty", "", 0755);
	facts = look("spaced", "here");
	assert_string_equal(facts.interpreter, "/bin/sh");
	assert_false(facts.interpreter_missing);
	/* without #! it is for /bin/sh */
	facts = look("bare", "here");
	assert_string_equal(facts.interpreter, "/bin/sh");
	facts = look("empty", "here");
	assert_string_equal(facts.path, "here/empty");
	assert_string_equal(facts.interpreter, "/bin/sh");
	assert_false(facts.elf);
}

/* The first that can be executed, else the first that exists. */
static void test_look_order(void **state)
{
	struct command_facts facts;

	(void)state;
	make_file("there/plain", "echo\n", 0755);
	facts = look("plain", "here:there");
	assert_string_equal(facts.path, "there/plain");
	assert_false(facts.not_executable);
	facts = look("plain", "here:/nowhere:here");
	assert_string_equal(facts.path, "here/plain");
	assert_true(facts.not_executable);
}

static void test_look_at_elf(void **state)
{
	struct command_facts facts = look("true", "/bin:/usr/bin");

	(void)state;
	assert_string_equal(facts.path, "/bin/true");
	assert_true(facts.elf);
	assert_int_equal(facts.interpreter[0], '/');
	assert_non_null(strstr(facts.interpreter, "ld"));
	assert_false(facts.interpreter_missing || facts.not_executable || facts.noexec);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_candidates),
		cmocka_unit_test(test_exec_errors),
		cmocka_unit_test(test_long_name),
		cmocka_unit_test(test_look),
		cmocka_unit_test(test_look_at_scripts),
		cmocka_unit_test(test_look_order),
		cmocka_unit_test(test_look_at_elf),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
