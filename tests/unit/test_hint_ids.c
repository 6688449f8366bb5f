/* The hints of the steps that deal in ids, word for word, from made-up facts. */
#include "made_up.h"

#include <errno.h>

#include "credentials.h"
#include "hint.h"
#include "idhelper.h"
#include "idmap.h"
#include "nested.h"

static struct id_range asked_ranges[] = {{0, 1000, 1}, {1, 100000, 65536}, {70000, 300000, 7}};
static const struct idhelper_call granted = {.path = "/opt/newuidmap",
					  .map = {asked_ranges, 2},
					  .grants = "/etc/subuid"},
				  ungranted = {.path = "/opt/newgidmap",
					  .map = {asked_ranges, 3},
					  .grants = "/etc/subgid"};
static const struct credentials_call other = {.id = 5}, mine = {.id = 1000},
				     nested_id = {.id = 5, .in_user_namespace = true};
static const struct nested_call nested = {"0 0 1", "0 0 1", false};
static const struct step by_newuidmap = {&user_newuidmap, OUTSIDE, &granted, "--map-users"},
			 by_newgidmap = {&user_newgidmap, OUTSIDE, &ungranted, "--map-groups"},
			 uid = {&ids_uid, INSIDE, &other, "--setuid"},
			 own_uid = {&ids_uid, INSIDE, &mine, "--setuid"},
			 nested_uid = {&ids_uid, INSIDE, &nested_id, "--setuid"},
			 gid = {&ids_gid, INSIDE, &other, "--setgid"},
			 groups = {&ids_groups, INSIDE, &mine, "--groups"},
			 limit = {&user_limit, INSIDE, NULL, "--disable-userns"},
			 second = {&user_nested, INSIDE, &nested, "--disable-userns"};

static void assert_hint(const struct step *step, int number, const struct facts *facts,
	const char *sentence)
{
	const struct error error = {.step = 0, .number = number};
	char *hint = hint_find(step, &error, facts);

	if (!sentence && hint)
		fail_msg("should be no hint: %s", hint);
	if (sentence && !hint)
		fail_msg("no hint, but should be: %s", sentence);
	if (sentence)
		assert_string_equal(hint, sentence);
	free(hint);
}

static void test_helper(void **state)
{
	struct facts facts = made_up_user();

	(void)state;
	assert_hint(&by_newuidmap, 0, &facts, NULL);
	assert_hint(&by_newgidmap, 0, &facts, "/etc/subgid wants a line maya:300000:7");
	facts.newgidmap.privileged = false;
	assert_hint(&by_newuidmap, 0, &facts, NULL);
	assert_hint(&by_newgidmap, 0, &facts,
		"/opt/newgidmap is neither set-user-ID root nor has the file capability cap_setgid, "
		"which it needs");
	facts.newuidmap.privileged = false;
	assert_hint(&by_newuidmap, 0, &facts,
		"/opt/newuidmap is neither set-user-ID root nor has the file capability cap_setuid, "
		"which it needs");
	facts.newuidmap.nosuid = true;
	assert_hint(&by_newuidmap, 0, &facts,
		"/opt/newuidmap lies on a mount with nosuid, which keeps its privilege from it");
	facts.no_new_privs = true;
	assert_hint(&by_newuidmap, 0, &facts,
		"no_new_privs is in force here (NoNewPrivs: 1 in /proc/self/status), which keeps its "
		"privilege from /opt/newuidmap");
	assert_hint(&by_newuidmap, ESRCH, &facts,
		"/proc belongs to another PID namespace than nsrun's, and shows its child under "
		"another number or not at all");
	assert_hint(&by_newuidmap, ENOENT, &facts, NULL);
	facts.known &= ~(unsigned)FACT_HELPERS;
	assert_hint(&by_newuidmap, 0, &facts, NULL);
	facts.known = FACT_REFUSALS | FACT_HELPERS;
	assert_hint(&by_newuidmap, 0, &facts, NULL);
}

static void test_credentials(void **state)
{
	struct facts user = made_up_user(), root = made_up_root();

	(void)state;
	for (int number = 0; number <= EPERM; number += EPERM) {
		assert_hint(&uid, number, &user,
			"CAP_SETUID is needed to take another user id, and uid 1000 lacks it");
		assert_hint(&gid, number, &user,
			"CAP_SETGID is needed to take another group id, and uid 1000 lacks it");
		assert_hint(&groups, number, &user,
			"CAP_SETGID is needed to take other supplementary groups, and uid 1000 lacks it");
		assert_hint(&own_uid, number, &user, NULL);
		assert_hint(&nested_uid, number, &user, NULL);
		assert_hint(&uid, number, &root, NULL);
	}
	assert_hint(&uid, EAGAIN, &user, NULL);
	user.effective = UINT64_C(1) << CAP_SETGID;
	assert_hint(&gid, 0, &user, NULL);
	assert_hint(&uid, 0, &user,
		"CAP_SETUID is needed to take another user id, and uid 1000 lacks it");
	user.effective = 0;
	user.known &= ~(unsigned)FACT_CAPABILITIES;
	assert_hint(&uid, 0, &user, NULL);
}

static void test_nested(void **state)
{
	struct facts facts = made_up_user();

	(void)state;
	assert_hint(&limit, 0, &facts, NULL);
	assert_hint(&limit, EROFS, &facts, NULL);
	snprintf(facts.covered, sizeof facts.covered, "/proc/sys");
	assert_hint(&limit, 0, &facts, NULL);
	assert_hint(&limit, EROFS, &facts, "other mounts cover parts of /proc: /proc/sys");
	facts.proc_read_only = true;
	assert_hint(&limit, 0, &facts,
		"/proc is mounted read-only, and the limit is written there");
	assert_hint(&limit, EROFS, &facts,
		"/proc is mounted read-only, and the limit is written there");
	facts.proc_mounted = false;
	assert_hint(&limit, ENOENT, &facts,
		"no proc is mounted at /proc, and the limit is written there");
	assert_hint(&second, ENOSPC, &facts,
		"user namespaces nest 32 deep at most, and each outer one may limit their number");
	assert_hint(&second, 0, &facts, NULL);
	facts.known = 0;
	assert_hint(&limit, ENOENT, &facts, NULL);
}

/* A map that is longer than the kernel takes. */
static void test_long_map(void **state)
{
	char text[4097] = "";
	struct idmap_file file = {"uid_map", "/proc/self/uid_map", text, true, INSIDE};
	const struct step step = {&user_uid_map, OUTSIDE, &file, "--map-users"};
	struct facts facts = made_up_root();

	(void)state;
	memset(text, '1', 4095);
	assert_hint(&step, EINVAL, &facts, NULL);
	text[4095] = '1';
	assert_hint(&step, EINVAL, &facts,
		"the kernel takes no map of 4096 bytes or more, user_namespaces(7)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_helper),
		cmocka_unit_test(test_credentials),
		cmocka_unit_test(test_nested),
		cmocka_unit_test(test_long_map),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
