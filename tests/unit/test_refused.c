/* Bad command lines: one sentence each, word for word, that names option and value. */
#include "made_up.h"

#define X10 "xxxxxxxxxx"
#define X65 X10 X10 X10 X10 X10 X10 "xxxxx"
#define CLOCK "not a duration (5, -2.5h, +250ms, 1d) nor a value to read (=1h)"
#define KINDS "not a list of kinds: mnt uts ipc net pid user cgroup time"
#define ID "not a number from 0 to 4294967294"
#define IDS "not a list of numbers from 0 to 4294967294"
#define RANGE "not IN:OUT:COUNT, three numbers of 32 bits"

struct bad {
	const char *words[7];
	const char *sentence;
};

static const struct bad unknown[] = {
	{{"--nonsense"}, "unknown option \"--nonsense\""},
	{{"--hostnam", "x"}, "unknown option \"--hostnam\"; the nearest is --hostname"},
	{{"--hostnames=x"}, "unknown option \"--hostnames=x\"; the nearest is --hostname"},
	{{"--UTS"}, "unknown option \"--UTS\""},
	{{"--=x"}, "unknown option \"--=x\""},
	{{"---"}, "unknown option \"---\""},
	{{"--\377\033[m"}, "unknown option \"--\\377\\033[m\""},
	{{"--" X65 X65}, "unknown option \"--xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx..."
			 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\""},
	{{"-z"}, "unknown option \"-z\""},
	{{"-uz"}, "unknown option \"-z\""},
	{{"-u-"}, "unknown option \"--\""},
	{{"-\377"}, "unknown option \"-\\377\""},
	{{"-\033"}, "unknown option \"-\\033\""},
	{{"-:"}, "unknown option \"-:\""},
	{{"-u", "-W", "x"}, "unknown option \"-W\""},
	/* abbreviations, with and without a value */
	{{"--ut", "x"}, "unknown option \"--ut\"; the nearest is --uts"},
	{{"--ut=3", "x"}, "unknown option \"--ut=3\"; the nearest is --uts"},
	{{"--expl", "x"}, "unknown option \"--expl\"; the nearest is --explain"},
	{{"--expl=text", "x"}, "unknown option \"--expl=text\"; the nearest is --explain"},
	{{"--prop", "slave"}, "unknown option \"--prop\"; the nearest is --propagation"},
	{{"--prop"}, "unknown option \"--prop\"; the nearest is --propagation"},
	{{"--no", "x"}, "unknown option \"--no\"; the nearest is --no-fork"},
	{{"--h"}, "unknown option \"--h\"; the nearest is --hostname"},
	/* a digit is no prefix of a name; a later option does not make up for it */
	{{"--map-user2", "3"}, "unknown option \"--map-user2\"; the nearest is --map-user"},
};

static const struct bad missing[] = {
	{{"--share"}, "--share: a value is missing: --share KIND[,KIND...]"},
	{{"--map-user"}, "--map-user: a value is missing: --map-user UID"},
	{{"--map-group"}, "--map-group: a value is missing: --map-group GID"},
	{{"--map-users"}, "--map-users: a value is missing: --map-users IN:OUT:COUNT"},
	{{"--map-groups"}, "--map-groups: a value is missing: --map-groups IN:OUT:COUNT"},
	{{"-S"}, "--setuid: a value is missing: --setuid UID"},
	{{"-uG"}, "--setgid: a value is missing: --setgid GID"},
	{{"--groups"}, "--groups: a value is missing: --groups GID[,GID...]"},
	{{"--map-auto=1"}, "--map-auto takes no value, but was given \"1\""},
	{{"--disable-userns=1"}, "--disable-userns takes no value, but was given \"1\""},
	{{"--setgroups"}, "--setgroups: a value is missing: --setgroups allow|deny"},
	{{"--hostname"}, "--hostname: a value is missing: --hostname NAME"},
	{{"-u", "--domainname"}, "--domainname: a value is missing: --domainname NAME"},
	{{"--propagation"},
		"--propagation: a value is missing: --propagation private|slave|shared|unchanged"},
	{{"--chdir"}, "--chdir: a value is missing: --chdir DIR"},
	{{"--wd"}, "--chdir: a value is missing: --chdir DIR"},
	{{"-w"}, "--chdir: a value is missing: --chdir DIR"},
	{{"-uw"}, "--chdir: a value is missing: --chdir DIR"},
	{{"--completion"}, "--completion: a value is missing: --completion bash|zsh|fish"},
	/* and those that take none */
	{{"--uts=x"},
		"--uts takes no value, but was given \"x\"; --join FILE enters what is there, --save DIR keeps what is new"},
	{{"--uts="},
		"--uts takes no value, but was given \"\"; --join FILE enters what is there, --save DIR keeps what is new"},
	{{"--all=\377"}, "--all takes no value, but was given \"\\377\""},
	{{"--map-self=1"}, "--map-self takes no value, but was given \"1\""},
	{{"--map-current-user=1"}, "--map-self takes no value, but was given \"1\""},
	{{"--no-proc=yes"}, "--no-proc takes no value, but was given \"yes\""},
	{{"--version=2"}, "--version takes no value, but was given \"2\""},
	{{"--trace=1"}, "--trace takes no value, but was given \"1\""},
	{{"--step=1"}, "--step takes no value, but was given \"1\""},
};

static const struct bad values[] = {
	{{"--share", ""}, "--share: \"\": " KINDS},
	{{"--share=uts,", "x"}, "--share: \"uts,\": " KINDS},
	{{"--share=,uts", "x"}, "--share: \",uts\": " KINDS},
	{{"--share=uts ipc", "x"}, "--share: \"uts ipc\": " KINDS},
	{{"--share=UTS", "x"}, "--share: \"UTS\": " KINDS},
	{{"--share=-1", "x"}, "--share: \"-1\": " KINDS},
	{{"--share=\377", "x"}, "--share: \"\\377\": " KINDS},
	{{"--map-user", ""}, "--map-user: \"\": " ID},
	{{"--map-user=", "x"}, "--map-user: \"\": " ID},
	{{"--map-user", "-1"}, "--map-user: \"-1\": " ID},
	{{"--map-user", "+1"}, "--map-user: \"+1\": " ID},
	{{"--map-user", " 1"}, "--map-user: \" 1\": " ID},
	{{"--map-user", "1x"}, "--map-user: \"1x\": " ID},
	{{"--map-user", "0x10"}, "--map-user: \"0x10\": " ID},
	{{"--map-user", "1.5"}, "--map-user: \"1.5\": " ID},
	{{"--map-user", "root"}, "--map-user: \"root\": " ID},
	{{"--map-user", "\302\262"}, "--map-user: \"\302\262\": " ID},
	{{"--map-user", "\3771"}, "--map-user: \"\\3771\": " ID},
	{{"--map-user", "4294967295"}, "--map-user: \"4294967295\": " ID},
	{{"--map-user", "18446744073709551616"}, "--map-user: \"18446744073709551616\": " ID},
	{{"--map-user", "18446744073709551615"}, "--map-user: \"18446744073709551615\": " ID},
	{{"--map-group", ""}, "--map-group: \"\": " ID},
	{{"--map-group", "-1"}, "--map-group: \"-1\": " ID},
	{{"--map-group", "4294967295"}, "--map-group: \"4294967295\": " ID},
	{{"--map-group", "99999999999999999999999999999999999999999999999999999999999999999999999"},
		"--map-group: \"999999999999999999999999999999999..."
		"999999999999999999999999999999999\": " ID},
	{{"--map-group", "staff"}, "--map-group: \"staff\": " ID},
	{{"--monotonic", ""}, "--monotonic: \"\": " CLOCK},
	{{"--monotonic", "="}, "--monotonic: \"=\": " CLOCK},
	{{"--monotonic", "-"}, "--monotonic: \"-\": " CLOCK},
	{{"--monotonic", "--1"}, "--monotonic: \"--1\": " CLOCK},
	{{"--monotonic", ".5"}, "--monotonic: \".5\": " CLOCK},
	{{"--monotonic", "5."}, "--monotonic: \"5.\": " CLOCK},
	{{"--monotonic", "5.s"}, "--monotonic: \"5.s\": " CLOCK},
	{{"--monotonic", "1.0000000001"}, "--monotonic: \"1.0000000001\": " CLOCK},
	{{"--monotonic", "5 s"}, "--monotonic: \"5 s\": " CLOCK},
	{{"--monotonic", " 5"}, "--monotonic: \" 5\": " CLOCK},
	{{"--monotonic", "1h30m"}, "--monotonic: \"1h30m\": " CLOCK},
	{{"--boottime", "1w"}, "--boottime: \"1w\": " CLOCK},
	{{"--boottime", "0x10"}, "--boottime: \"0x10\": " CLOCK},
	{{"--boottime", "1e3"}, "--boottime: \"1e3\": " CLOCK},
	{{"--boottime", "9223372037"}, "--boottime: \"9223372037\": " CLOCK},
	{{"--boottime", "106752d"}, "--boottime: \"106752d\": " CLOCK},
	{{"--boottime", "99999999999999999999"}, "--boottime: \"99999999999999999999\": " CLOCK},
	{{"--map-users", ""}, "--map-users: \"\": " RANGE},
	{{"--map-users", "0"}, "--map-users: \"0\": " RANGE},
	{{"--map-users", "0:1"}, "--map-users: \"0:1\": " RANGE},
	{{"--map-users", "0:1:"}, "--map-users: \"0:1:\": " RANGE},
	{{"--map-users", ":1:1"}, "--map-users: \":1:1\": " RANGE},
	{{"--map-users", "0:1:1:"}, "--map-users: \"0:1:1:\": " RANGE},
	{{"--map-users", "0:1:1 "}, "--map-users: \"0:1:1 \": " RANGE},
	{{"--map-users", "0:-1:1"}, "--map-users: \"0:-1:1\": " RANGE},
	{{"--map-users", "0,1,1"}, "--map-users: \"0,1,1\": " RANGE},
	{{"--map-users", "auto"}, "--map-users: \"auto\": " RANGE},
	{{"--map-users", "4294967295:1:1"}, "--map-users: \"4294967295:1:1\": " RANGE},
	{{"--map-users", "0:4294967295:1"}, "--map-users: \"0:4294967295:1\": " RANGE},
	{{"--map-users", "0:0:4294967296"}, "--map-users: \"0:0:4294967296\": " RANGE},
	{{"--map-users", "0:0:99999999999999999999"},
		"--map-users: \"0:0:99999999999999999999\": " RANGE},
	{{"--map-users", "5:5:0"}, "--map-users: \"5:5:0\": the count is 0"},
	{{"--map-users", "1:0:4294967295"},
		"--map-users: \"1:0:4294967295\": ids go up to 4294967294"},
	{{"--map-groups", "0:4294967290:6"},
		"--map-groups: \"0:4294967290:6\": ids go up to 4294967294"},
	{{"--map-groups", "0:5:1", "--map-groups=1:4:2"},
		"--map-groups: \"1:4:2\": overlaps 0:5:1, as both have 5 outside"},
	{{"--setuid", "root"}, "--setuid: \"root\": " ID},
	{{"-S-1"}, "--setuid: \"-1\": " ID},
	{{"-G4294967295"}, "--setgid: \"4294967295\": " ID},
	{{"--groups", ""}, "--groups: \"\": " IDS},
	{{"--groups", "1,"}, "--groups: \"1,\": " IDS},
	{{"--groups", ",1"}, "--groups: \",1\": " IDS},
	{{"--groups", "1 2"}, "--groups: \"1 2\": " IDS},
	{{"--groups", "1,4294967295"}, "--groups: \"1,4294967295\": " IDS},
	{{"--groups", "wheel"}, "--groups: \"wheel\": " IDS},
	{{"--setgroups", ""}, "--setgroups: \"\": not one of allow|deny"},
	{{"--setgroups", "all"}, "--setgroups: \"all\": not one of allow|deny"},
	{{"--setgroups", "allow|deny"}, "--setgroups: \"allow|deny\": not one of allow|deny"},
	{{"--setgroups", "\n"}, "--setgroups: \"\\n\": not one of allow|deny"},
	{{"--hostname", X65},
		"--hostname: \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
		"xxxxxxxx\": longer than the 64 bytes that the kernel takes"},
	{{"--domainname", X65 X65},
		"--domainname: \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx..."
		"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\": longer than the 64 bytes that the kernel takes"},
	{{"--propagation", ""}, "--propagation: \"\": not one of private|slave|shared|unchanged"},
	{{"--propagation=rslave"},
		"--propagation: \"rslave\": not one of private|slave|shared|unchanged"},
	{{"--propagation=\377"},
		"--propagation: \"\\377\": not one of private|slave|shared|unchanged"},
	{{"--chdir", ""}, "--chdir: \"\": an empty path"},
	{{"--chdir=", "x"}, "--chdir: \"\": an empty path"},
	{{"-w", "", "x"}, "--chdir: \"\": an empty path"},
	{{"--explain="}, "--explain: \"\": not one of text|json|c"},
	{{"--explain=C", "x"}, "--explain: \"C\": not one of text|json|c"},
	{{"--explain=JSON", "x"}, "--explain: \"JSON\": not one of text|json|c"},
	{{"--help="}, "--help: \"\": not one of "
		      "all|namespaces|identity|names|files|process|looking"},
	{{"--help=me"}, "--help: \"me\": not one of "
			"all|namespaces|identity|names|files|process|looking"},
	{{"--completion", ""}, "--completion: \"\": not one of bash|zsh|fish"},
	{{"--completion=csh"}, "--completion: \"csh\": not one of bash|zsh|fish"},
};

static const struct bad contradictions[] = {
	{{"-f", "--no-fork", "x"}, "--no-fork contradicts --fork"},
	{{"--map-self", "--map-user", "3"}, "--map-self contradicts --map-user \"3\""},
	{{"--map-group=3", "--map-self"}, "--map-self contradicts --map-group \"3\""},
	{{"-r", "-c"}, "--map-self contradicts --map-root-user"},
	{{"-r", "--map-user=007"}, "--map-user \"007\" contradicts --map-root-user"},
	{{"-r", "--map-group=1"}, "--map-group \"1\" contradicts --map-root-user"},
	{{"--map-users=0:1:1", "-c"}, "--map-self contradicts --map-users \"0:1:1\""},
	{{"--map-groups=0:1:1", "--map-self"}, "--map-self contradicts --map-groups \"0:1:1\""},
	{{"--map-auto", "-c"}, "--map-self contradicts --map-auto"},
	{{"--map-auto", "--map-user=1"}, "--map-user \"1\" contradicts --map-auto"},
	{{"--map-auto", "--gid=1"}, "--map-group \"1\" contradicts --map-auto"},
	{{"--map-user=1", "--map-users=0:1:1"},
		"--map-user \"1\" contradicts --map-users \"0:1:1\""},
	{{"--map-group=1", "--map-groups=0:1:1"},
		"--map-group \"1\" contradicts --map-groups \"0:1:1\""},
	{{"--map-auto", "--map-users=0:1:1"}, "--map-users \"0:1:1\" contradicts --map-auto"},
	{{"--map-auto", "--map-groups=0:1:1"}, "--map-groups \"0:1:1\" contradicts --map-auto"},
	{{"-r", "--map-users=0:1:1"}, "--map-users \"0:1:1\" contradicts --map-root-user"},
	{{"-r", "--map-groups=0:1:1"}, "--map-groups \"0:1:1\" contradicts --map-root-user"},
	{{"-a", "--share", "user", "--disable-userns"},
		"--share user contradicts --disable-userns"},
	{{"--hostname", "a\nb", "--no-hostname"}, "--hostname \"a\\nb\" contradicts --no-hostname"},
	{{"--no-proc", "-p", "--mount-proc"}, "--no-proc contradicts --mount-proc"},
	/* an explanation changes nothing */
	{{"--explain", "--release", "d"}, "--release \"d\" contradicts --explain"},
	{{"--release=d", "--explain=json"}, "--release \"d\" contradicts --explain \"json\""},
	{{"--release=d", "--trace"}, "--release \"d\" contradicts --trace"},
	{{"--release=d", "--save=e"}, "--release \"d\" contradicts --save \"e\""},
	{{"--release=d", "-j", "d"}, "--release \"d\" contradicts --join \"d\""},
	/* --share of what an option took by name, or by implying it, or of what nothing took */
	{{"--share", "uts", "-u", "x"}, "--share uts contradicts --uts"},
	{{"-a", "--share", "ipc,net", "-n", "x"}, "--share net contradicts --net"},
	{{"-a", "--share", "uts", "--hostname=h"}, "--share uts contradicts --hostname"},
	{{"-a", "--share", "mount", "--propagation=slave"},
		"--share mnt contradicts --propagation"},
	{{"-a", "--share", "user", "-c"}, "--share user contradicts --map-self"},
	{{"--share", "net", "x"}, "--share net: no option takes that kind"},
	{{"-u", "--share", "net", "x"}, "--share net: no option takes that kind"},
	{{"--share", "time", "x"}, "--share time: no option takes that kind"},
	{{"-a", "--share", "time", "--monotonic", "1"}, "--share time contradicts --monotonic"},
	/* modifiers that nothing uses */
	{{"--no-hostname", "x"}, "--no-hostname: no new uts namespace is asked for"},
	{{"-n", "--no-hostname", "x"}, "--no-hostname: no new uts namespace is asked for"},
	{{"--no-loopback", "-u", "x"}, "--no-loopback: no new net namespace is asked for"},
	{{"--no-proc", "-m", "x"}, "--no-proc: no new pid namespace is asked for"},
	{{"-a", "--share", "net", "--no-loopback"},
		"--no-loopback: no new net namespace is asked for"},
	{{"-a", "--share=pid", "--no-proc", "x"}, "--no-proc: no new pid namespace is asked for"},
};

static const struct bad questions[] = {
	{{"--inspect", "self", "--check"}, "--check contradicts --inspect: one question at a time"},
	{{"--limits", "--inspect", "1"}, "--inspect contradicts --limits: one question at a time"},
	{{"--check", "--explain=json"}, "--check contradicts --explain \"json\""},
	{{"--check", "-u", "id"}, "--check goes with no command, but was given \"id\""},
	{{"--json", "x"}, "--json goes only with --inspect or --limits"},
	{{"--json", "--check"}, "--json goes only with --inspect or --limits"},
	{{"--inspect", "0"}, "--inspect: \"0\": not the number of a process, nor self"},
	{{"--inspect="}, "--inspect: \"\": not the number of a process, nor self"},
	{{"--inspect=-1"}, "--inspect: \"-1\": not the number of a process, nor self"},
	{{"--inspect= 1"}, "--inspect: \" 1\": not the number of a process, nor self"},
	{{"--limits=2147483648"},
		"--limits: \"2147483648\": not the number of a process, nor self"},
	{{"--limits=selfish"}, "--limits: \"selfish\": not the number of a process, nor self"},
	{{"--help", "--version"}, "--version contradicts --help: one question at a time"},
	{{"-hV"}, "--version contradicts --help: one question at a time"},
	{{"--dump-options", "--completion=bash"},
		"--completion contradicts --dump-options: one question at a time"},
	{{"--version", "id"}, "--version goes with no command, but was given \"id\""},
	{{"--help", "all"}, "--help goes with no command, but was given \"all\""},
	{{"--help", "\377"}, "--help goes with no command, but was given \"\\377\""},
	{{"--dump-options", "--", ""}, "--dump-options goes with no command, but was given \"\""},
	{{"--completion", "bash", "zsh"},
		"--completion goes with no command, but was given \"zsh\""},
	/* a question that takes words */
	{{"--list", "foo"},
		"--list: \"foo\": neither a kind (mnt, uts, ...) nor the id of a namespace"},
	{{"--list=json", "net", "--", "true"},
		"--list: \"--\": neither a kind (mnt, uts, ...) nor the id of a namespace"},
	{{"--list", "--", "net:[x]"},
		"--list: \"net:[x]\": neither a kind (mnt, uts, ...) nor the id of a namespace"},
	{{"--list", "\377"},
		"--list: \"\\377\": neither a kind (mnt, uts, ...) nor the id of a namespace"},
	{{"--list", "json"}, "--list: \"json\" is given as --list=json"},
	{{"--list=xml"}, "--list: \"xml\": not one of tree|table|json|dot"},
	{{"--list", "--version"}, "--version contradicts --list: one question at a time"},
	/* -- and nothing */
	{{"--"}, "no command after --"},
	{{"-u", "--"}, "no command after --"},
	{{"--hostname", "--", "--"}, "no command after --"},
	{{"--help", "--"}, "no command after --"},
};

static void check(const struct bad *lines, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char *argv[9] = {(char *)"nsrun"};
		struct error error = {.step = ERROR_NONE, .object = ""};
		struct spec spec;

		memcpy(argv + 1, lines[i].words, sizeof lines[i].words);
		if (made_up_parse(argv, &spec, &error) == 0)
			fail_msg("taken, not refused: %s", lines[i].sentence);
		assert_string_equal(error.object, lines[i].sentence);
		assert_int_equal(error.step, ERROR_SAID);
		assert_int_equal(error.number, 0);
		options_free(&spec);
	}
}

static void test_unknown(void **state)
{
	(void)state;
	check(unknown, MADE_UP_COUNT(unknown));
}

static void test_missing(void **state)
{
	(void)state;
	check(missing, MADE_UP_COUNT(missing));
}

static void test_values(void **state)
{
	(void)state;
	check(values, MADE_UP_COUNT(values));
}

static void test_contradictions(void **state)
{
	(void)state;
	check(contradictions, MADE_UP_COUNT(contradictions));
}

static void test_questions(void **state)
{
	(void)state;
	check(questions, MADE_UP_COUNT(questions));
}

/* By the table: every option that takes a value is refused without one and, but for names and
 * paths, with one of 100,000 bytes; every other is refused with one. */
static void test_every_option(void **state)
{
	char *huge = malloc(100001);

	(void)state;
	memset(huge, 'x', 100000);
	huge[100000] = '\0';
	for (int i = 0; i < options_count; i++) {
		const struct option_row *row = options_resolve(&options[i]);
		char word[64], *argv[] = {(char *)"nsrun", word, huge, NULL};
		struct error error = {.step = ERROR_NONE};
		struct spec spec;

		snprintf(word, sizeof word, "--%s%s", options[i].name, row->argument ? "" : "=1");
		if (row->argument && !(row->flags & OPTION_OPTIONAL)) {
			assert_int_equal(made_up_parse((char *[]){argv[0], word, NULL}, &spec,
						 &error),
				-1);
			options_free(&spec);
			if (row->type == TYPE_PATH || row->type == TYPE_TARGET ||
				row->type == TYPE_OPERATION)
				continue;
		} else if (row->argument) {
			strcat(word, "=nonsense");
		}
		assert_int_equal(made_up_parse(argv, &spec, &error), -1);
		assert_non_null(strstr(error.object, row->name));
		assert_true(strlen(error.object) < sizeof error.object - 1);
		options_free(&spec);
	}
	free(huge);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_missing),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_contradictions),
		cmocka_unit_test(test_questions),
		cmocka_unit_test(test_every_option),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
