/* Keeping namespaces: where the steps stand, what is refused, how the path is split, the lock, the hints. */
#include "made_up.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "command.h"
#include "hint.h"
#include "plan.h"
#include "process.h"
#include "save.h"

/* Builds the plan of a line, or fails with the sentence in `error`. */
static int build(const char *line, const struct facts *facts, struct plan *plan,
	struct error *error)
{
	static char words[200];
	static char *argv[20];
	static struct spec spec;

	*plan = (struct plan){0};
	snprintf(words, sizeof words, "%s", line);
	made_up_words(words, argv, 20);
	if (made_up_parse(argv, &spec, error) < 0)
		return -1;
	return plan_build(&spec, facts, plan, error);
}

/* Locked and mounted before the first clone; one binding for each new kind, right before the mask and the
 * exec; the lock given back right behind that; the PID namespace let go last. */
static void check_order(const struct plan *plan)
{
	bool pid = plan->new_kinds & KIND_BIT(KIND_PID);
	int i = plan->exec - 2;

	assert_ptr_equal(plan->steps[0].kind, &save_directory);
	assert_ptr_equal(plan->steps[1].kind, &save_private);
	assert_true(plan->steps[2].kind->flags & STEP_CLONES);
	for (int kind = KIND_COUNT - 1; kind >= 0; kind--) {
		const struct save_call *call = plan->steps[i].argument;

		if (!(plan->new_kinds & KIND_BIT(kind)))
			continue;
		assert_ptr_equal(plan->steps[i].kind, &save_bind);
		assert_int_equal(call->kind, kind);
		i--;
	}
	assert_ptr_not_equal(plan->steps[i].kind, &save_bind);
	assert_ptr_equal(plan->steps[plan->exec + 1].kind, &save_unlock);
	assert_ptr_equal(plan->steps[plan->exec + 2].kind, &process_supervise);
	assert_int_equal(plan->count, plan->exec + 3 + pid);
	if (pid)
		assert_ptr_equal(plan->steps[plan->exec + 3].kind, &save_pid_ended);
	for (int j = 0; j < plan->count; j++)
		if (!strncmp(plan->steps[j].kind->name, "save.", 5)) {
			assert_int_equal(plan->steps[j].actor, OUTSIDE);
			assert_string_equal(plan->steps[j].why, "--save");
		}
	/* outside comes between the clone and the exec */
	assert_false(plan->shares_memory);
}

static void test_order(void **state)
{
	static const char *const lines[] = {"--save d -u id", "--save d -uin id", "--save d -a id",
		"--save d -aU id", "--save d -p id", "-up --no-proc --save d id", "--save d -T id",
		"-U --save d id", "--save d --hostname x -w / --trace id"};
	struct facts facts = made_up_root();

	(void)state;
	for (size_t i = 0; i < MADE_UP_COUNT(lines); i++) {
		struct error error;
		struct plan plan;

		if (build(lines[i], &facts, &plan, &error) < 0) {
			fail_msg("%s: %s", lines[i], error.object);
			continue;
		}
		check_order(&plan);
		plan_free(&plan);
	}
}

static void test_note(void **state)
{
	static const char *const cases[][2] = {
		{"-p --save /d id",
			"nsrun: note: the PID namespace has ended with its first process and is not kept "
			"in \"/d\", and /proc of the mnt kept there is dead; the cure: --join \"/d\" --pid\n"},
		{"-pu --no-proc --save /d id",
			"nsrun: note: the PID namespace has ended with its first process and is not kept "
			"in \"/d\"; the cure: --join \"/d\" --pid\n"},
	};
	struct facts facts = made_up_root();

	(void)state;
	for (size_t i = 0; i < MADE_UP_COUNT(cases); i++) {
		const struct save_call *call;
		struct error error;
		struct plan plan;

		if (build(cases[i][0], &facts, &plan, &error) < 0) {
			fail_msg("%s: %s", cases[i][0], error.object);
			continue;
		}
		call = plan.steps[plan.count - 1].argument;
		assert_string_equal(call->note, cases[i][1]);
		plan_free(&plan);
	}
}

static void test_refused(void **state)
{
	static const char *const cases[][2] = {
		{"--save d id", "--save \"d\": no new namespace is asked for"},
		{"--save d -p --no-proc id",
			"--save \"d\": a pid namespace ends with the command, and no other is asked for"},
		{"--save d -a --share mnt,uts,ipc,net,cgroup,time id",
			"--save \"d\": a pid namespace ends with the command, and no other is asked for"},
		{"--save . -u id", "--save: \".\": the last part of the path is no name"},
		{"--save a/.. -u id", "--save: \"a/..\": the last part of the path is no name"},
		{"--save a/./ -u id", "--save: \"a/./\": the last part of the path is no name"},
		{"--save // -u id", "--save: \"//\": the last part of the path is no name"},
		{"--save '' -u id", "--save: \"\": an empty path"},
		{"--save d -u --no-fork id", "--save \"d\" contradicts --no-fork"},
		{"--release d id", "--release goes with no command, but was given \"id\""},
		{"--release d --version",
			"--version contradicts --release: one question at a time"},
	};
	struct facts facts = made_up_root();

	(void)state;
	for (size_t i = 0; i < MADE_UP_COUNT(cases); i++) {
		struct error error = {.step = ERROR_NONE};
		struct plan plan;

		assert_int_equal(build(cases[i][0], &facts, &plan, &error), -1);
		assert_string_equal(error.object, cases[i][1]);
	}
}

static void test_place(void **state)
{
	static const char *const cases[][3] = {
		{"d", ".", "d"},
		{"/d", "/", "d"},
		{"/run/d", "/run/", "d"},
		{"a/b//c///", "a/b//", "c"},
		{"./d", "./", "d"},
		{"...", ".", "..."},
	};

	(void)state;
	for (size_t i = 0; i < MADE_UP_COUNT(cases); i++) {
		struct arena arena = {0};
		struct save_place *place = save_place_of(&arena, cases[i][0]);

		assert_non_null(place);
		assert_string_equal(place->parent, cases[i][1]);
		assert_string_equal(place->name, cases[i][2]);
		arena_free(&arena);
	}
	assert_int_equal(save_kind_of("mnt"), KIND_MNT);
	assert_int_equal(save_kind_of("time"), KIND_TIME);
	/* no name in /proc/PID/ns */
	assert_int_equal(save_kind_of("mount"), -1);
	assert_int_equal(save_kind_of(""), -1);
}

/* In a directory of its own. */
static void in_scratch(void test(struct save_place *))
{
	char scratch[] = "/tmp/nsrun-test-save.XXXXXX", path[64];
	struct arena arena = {0};
	struct save_place *place;

	assert_non_null(mkdtemp(scratch));
	snprintf(path, sizeof path, "%s/d", scratch);
	place = save_place_of(&arena, path);
	test(place);
	save_close(place);
	rmdir(path);
	assert_int_equal(rmdir(scratch), 0);
	arena_free(&arena);
}

static void lock_missing(struct save_place *place)
{
	struct stat status;

	assert_int_equal(save_lock(place, false, NULL), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(place->above, -1);
	assert_int_equal(save_lock(place, true, NULL), 0);
	assert_true(place->made);
	assert_int_equal(stat(place->path, &status), 0);
	assert_int_equal(status.st_mode & 07777, SAVE_MODE);
	/* known again */
	save_close(place);
	assert_int_equal(save_lock(place, true, NULL), 0);
	assert_true(place->made);
}

static void lock_present(struct save_place *place)
{
	int other;

	assert_int_equal(mkdir(place->path, 0755), 0);
	assert_int_equal(save_lock(place, true, NULL), 0);
	assert_false(place->made);
	other = open(place->path, O_RDONLY | O_CLOEXEC);
	assert_int_equal(flock(other, LOCK_EX | LOCK_NB), -1);
	save_close(place);
	assert_int_equal(flock(other, LOCK_EX | LOCK_NB), 0);
	close(other);
}

static void lock_link(struct save_place *place)
{
	assert_int_equal(symlink("/", place->path), 0);
	assert_int_equal(save_lock(place, true, NULL), -1);
	assert_int_equal(errno, ENOTDIR);
	assert_int_equal(place->above + place->directory + place->on, -3);
	assert_int_equal(unlink(place->path), 0);
}

static void test_lock(void **state)
{
	(void)state;
	in_scratch(lock_missing);
	in_scratch(lock_present);
	in_scratch(lock_link);
}

static void assert_hint(const struct step *step, int number, const char *object,
	const struct facts *facts, const char *sentence)
{
	struct error error = {.step = 0, .number = number};
	char *hint;

	snprintf(error.object, sizeof error.object, "%s", object);
	hint = hint_find(step, &error, facts);
	if (sentence && hint)
		assert_string_equal(hint, sentence);
	else if (sentence || hint)
		fail_msg("hint %s, wanted %s", hint, sentence);
	free(hint);
}

static struct save_place made_up = {.path = "/run/d", .parent = "/run/", .name = "d"};
static const struct save_call plain = {&made_up, KIND_COUNT, NULL},
			      of_mnt = {&made_up, KIND_MNT, NULL},
			      of_uts = {&made_up, KIND_UTS, NULL};

static void test_hints(void **state)
{
	const struct step directory = {&save_directory, OUTSIDE, &plain, "--save"};
	struct facts facts = made_up_root();

	(void)state;
	assert_hint(&directory, ENOENT, "", &facts,
		"there is no \"/run/\", in which it would be made");
	assert_hint(&directory, ENOTDIR, "", &facts,
		"\"/run/d\" or a part of the path to it is no directory, and a symbolic link in its "
		"place is not followed");
	assert_hint(&directory, ENOTEMPTY, "uts", &facts,
		"\"/run/d\" has \"uts\" in it, as from an earlier --save; --release \"/run/d\" lets that "
		"go");
	assert_hint(&directory, ENOTEMPTY, "mount", &facts,
		"\"/run/d\" has \"mount\" in it; --save wants a directory that is empty, or makes it");
	assert_hint(&directory, EROFS, "", &facts, NULL);
	assert_hint(&directory, 0, "", &facts, NULL);
}

static void test_hints_of_mounts(void **state)
{
	const struct step private = {&save_private, OUTSIDE, &plain, "--save"};
	struct facts root = made_up_root(), user = made_up_user(), bare = made_up_root();

	(void)state;
	assert_hint(&private, EPERM, "", &user,
		"--save makes mounts, for which CAP_SYS_ADMIN is needed, and uid 1000 lacks it; a user "
		"namespace with mounts of its own gives it: nsrun --user --mount");
	assert_hint(&private, 0, "", &root, NULL);
	root.known |= FACT_OWNER;
	root.owns_mounts = YES;
	assert_hint(&private, EPERM, "", &root, NULL);
	root.owns_mounts = NO;
	assert_hint(&private, 0, "", &root,
		"--save makes mounts, and the mount namespace belongs to another user namespace than the "
		"caller's; --mount together with --user makes one that does not");
	bare.proc_mounted = false;
	assert_hint(&private, ENOENT, "", &bare,
		"no proc is mounted at /proc, and the namespaces are found there");
	assert_hint(&private, ESRCH, "", &bare,
		"/proc belongs to another PID namespace than nsrun's, and shows its child under another "
		"number or not at all");
}

static void test_hints_of_bindings(void **state)
{
	const struct step mnt = {&save_bind, OUTSIDE, &of_mnt, "--save"},
			  uts = {&save_bind, OUTSIDE, &of_uts, "--save"};
	struct facts facts = made_up_root();

	(void)state;
	assert_hint(&mnt, EINVAL, "", &facts,
		"Linux 6.18 keeps a mount namespace only where it takes the caller's for older, which, "
		"if that is not the initial one, depends on the processors on which the two were made; "
		"taskset(1) keeps both on one");
	assert_hint(&uts, EINVAL, "", &facts, NULL);
	snprintf(facts.release, sizeof facts.release, "6.12.1");
	assert_hint(&mnt, EINVAL, "", &facts, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_note),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_place),
		cmocka_unit_test(test_lock),
		cmocka_unit_test(test_hints),
		cmocka_unit_test(test_hints_of_mounts),
		cmocka_unit_test(test_hints_of_bindings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
