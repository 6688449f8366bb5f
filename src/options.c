#include "options.h"

#include <string.h>

#define FIELD(name) offsetof(struct spec, name)
#define ALIAS(word, row)                                                                           \
	{                                                                                          \
		.name = (word), .alias = (row), .flags = OPTION_HIDDEN                             \
	}

#define OPERATION(word, operation, words, kinds, sentence)                                         \
	{                                                                                          \
		.name = (word), .group = GROUP_FILES, .type = TYPE_OPERATION,                      \
		.number = (operation), .argument = (words), .implies = (kinds), .help = (sentence) \
	}

const struct option_row options[] = {
	/* Namespaces */
	{"mount", 'm', GROUP_NAMESPACES, TYPE_KIND, .number = KIND_MNT, .flags = OPTION_COMMON,
		.help = "a new mount namespace"},
	{"uts", 'u', GROUP_NAMESPACES, TYPE_KIND, .number = KIND_UTS, .flags = OPTION_COMMON,
		.help = "a new UTS namespace; sets the hostname nsrun"},
	{"ipc", 'i', GROUP_NAMESPACES, TYPE_KIND, .number = KIND_IPC, .flags = OPTION_COMMON,
		.help = "a new IPC namespace"},
	{"net", 'n', GROUP_NAMESPACES, TYPE_KIND, .number = KIND_NET, .flags = OPTION_COMMON,
		.help = "a new network namespace; brings lo up"},
	{"pid", 'p', GROUP_NAMESPACES, TYPE_KIND, .number = KIND_PID, .flags = OPTION_COMMON,
		.help = "a new PID namespace; implies --mount and a new /proc"},
	{"user", 'U', GROUP_NAMESPACES, TYPE_KIND, .number = KIND_USER, .flags = OPTION_COMMON,
		.help = "a new user namespace; the caller is root in it"},
	{"cgroup", 'C', GROUP_NAMESPACES, TYPE_KIND, .number = KIND_CGROUP, .flags = OPTION_COMMON,
		.help = "a new cgroup namespace"},
	{"time", 'T', GROUP_NAMESPACES, TYPE_KIND, .number = KIND_TIME, .flags = OPTION_COMMON,
		.help = "a new time namespace"},
	{"all", 'a', GROUP_NAMESPACES, TYPE_FLAG, FIELD(all), 1, .flags = OPTION_COMMON,
		.help = "all of these; user only where the caller lacks CAP_SYS_ADMIN"},
	{"share", 0, GROUP_NAMESPACES, TYPE_KINDS, FIELD(left_out), .argument = "KIND[,KIND...]",
		.help = "of --all, leave these kinds as they are"},
	{"join", 'j', GROUP_NAMESPACES, TYPE_TARGET, FIELD(joins), .argument = "TARGET",
		.contradicts = "no-fork map-root-user map-current-user", .flags = OPTION_COMMON,
		.help = "enters those of a PID, a file or a directory"},
	{"join-env", 0, GROUP_NAMESPACES, TYPE_FLAG, FIELD(join_env), 1,
		.help = "with --join PID: the command gets its environment"},
	{"join-cgroup", 0, GROUP_NAMESPACES, TYPE_FLAG, FIELD(join_cgroup), 1,
		.help = "with --join PID: the command is put into its cgroup"},
	{"join-root", 0, GROUP_NAMESPACES, TYPE_FLAG, FIELD(join_root), 1,
		.help = "with --join PID: its root and working directory"},
	{"save", 0, GROUP_NAMESPACES, TYPE_PATH, FIELD(save), .argument = "DIR",
		.contradicts = "no-fork",
		.help = "keeps every new namespace as a file in that directory"},
	{"release", 0, GROUP_NAMESPACES, TYPE_PATH, FIELD(release), .argument = "DIR",
		.question = ASK_RELEASE, .contradicts = "save join explain trace",
		.flags = OPTION_QUESTION, .help = "lets go again what --save made"},
	{"disable-userns", 0, GROUP_NAMESPACES, TYPE_FLAG, FIELD(disable_userns), 1,
		.implies = KIND_BIT(KIND_USER),
		.help = "no further user namespaces inside; implies --user"},
	{"no-fork", 0, GROUP_NAMESPACES, TYPE_FLAG, FIELD(no_fork), 1, .contradicts = "fork",
		.help = "become the command by unshare(2); nothing supervises it"},
	{"fork", 'f', GROUP_NAMESPACES, TYPE_FLAG, FIELD(fork), 1, .flags = OPTION_HIDDEN,
		.help = "a child becomes the command, as it does by default"},

	/* Identity */
	{"map-self", 0, GROUP_IDENTITY, TYPE_FLAG, FIELD(map_mode), MAP_SELF,
		.implies = KIND_BIT(KIND_USER),
		.contradicts = "map-user map-group map-root-user map-users map-groups map-auto",
		.help = "the caller keeps its own ids in the new user namespace"},
	{"map-user", 0, GROUP_IDENTITY, TYPE_ID, FIELD(map_user), .argument = "UID",
		.implies = KIND_BIT(KIND_USER), .contradicts = "map-root-user map-users map-auto",
		.help = "the caller appears as that user id"},
	{"map-group", 0, GROUP_IDENTITY, TYPE_ID, FIELD(map_group), .argument = "GID",
		.implies = KIND_BIT(KIND_USER), .contradicts = "map-root-user map-groups map-auto",
		.help = "the caller appears as that group id"},
	{"map-users", 0, GROUP_IDENTITY, TYPE_RANGE, FIELD(map_users), .argument = "IN:OUT:COUNT",
		.implies = KIND_BIT(KIND_USER), .contradicts = "map-root-user map-auto",
		.help = "COUNT user ids from IN on are those from OUT on; repeatable"},
	{"map-groups", 0, GROUP_IDENTITY, TYPE_RANGE, FIELD(map_groups), .argument = "IN:OUT:COUNT",
		.implies = KIND_BIT(KIND_USER), .contradicts = "map-root-user map-auto",
		.help = "the same for group ids"},
	{"map-auto", 0, GROUP_IDENTITY, TYPE_FLAG, FIELD(map_auto), 1,
		.implies = KIND_BIT(KIND_USER),
		.help = "the caller is root, its ids of /etc/subuid and subgid follow"},
	{"setgroups", 0, GROUP_IDENTITY, TYPE_CHOICE, FIELD(setgroups), SETGROUPS_ALLOW,
		.argument = "allow|deny", .choices = "allow|deny", .implies = KIND_BIT(KIND_USER),
		.help = "whether setgroups(2) works inside; allow needs privilege"},
	{"setuid", 'S', GROUP_IDENTITY, TYPE_ID, FIELD(setuid), .argument = "UID",
		.help = "the command's user id; drops supplementary groups"},
	{"setgid", 'G', GROUP_IDENTITY, TYPE_ID, FIELD(setgid), .argument = "GID",
		.help = "the command's group id; drops supplementary groups"},
	{"groups", 0, GROUP_IDENTITY, TYPE_IDS, FIELD(groups), .argument = "GID[,GID...]",
		.help = "the command's supplementary groups, and no others"},
	{"map-root-user", 'r', GROUP_IDENTITY, TYPE_FLAG, FIELD(map_mode), MAP_ROOT,
		.implies = KIND_BIT(KIND_USER), .flags = OPTION_HIDDEN,
		.help = "the caller is root in the new user namespace, as it is by default"},

	/* Names */
	{"hostname", 0, GROUP_NAMES, TYPE_NAME, FIELD(hostname), .argument = "NAME",
		.implies = KIND_BIT(KIND_UTS), .contradicts = "no-hostname", .flags = OPTION_COMMON,
		.help = "sets the hostname; implies --uts"},
	{"no-hostname", 0, GROUP_NAMES, TYPE_FLAG, FIELD(no_hostname), 1,
		.modifies = KIND_BIT(KIND_UTS), .help = "leaves the hostname as it is"},
	{"domainname", 0, GROUP_NAMES, TYPE_NAME, FIELD(domainname), .argument = "NAME",
		.implies = KIND_BIT(KIND_UTS), .help = "sets the NIS domain name; implies --uts"},

	{"monotonic", 0, GROUP_NAMES, TYPE_CLOCK, FIELD(clocks[CLOCK_OF_MONOTONIC]),
		.argument = "OFFSET", .implies = KIND_BIT(KIND_TIME),
		.help = "shifts the monotonic clock by OFFSET (90s, -2.5h), or sets it (=1d)"},
	{"boottime", 0, GROUP_NAMES, TYPE_CLOCK, FIELD(clocks[CLOCK_OF_BOOTTIME]),
		.argument = "OFFSET", .implies = KIND_BIT(KIND_TIME),
		.help = "shifts the clock that counts since the boot; implies --time, as that"},

	/* Files */
	{"no-proc", 0, GROUP_FILES, TYPE_FLAG, FIELD(no_proc), 1, .modifies = KIND_BIT(KIND_PID),
		.contradicts = "mount-proc", .help = "no new /proc with --pid"},
	{"mount-proc", 0, GROUP_FILES, TYPE_FLAG, FIELD(proc), 1, .implies = KIND_BIT(KIND_MNT),
		.flags = OPTION_HIDDEN, .help = "a new /proc, as --pid brings it by default"},
	{"propagation", 0, GROUP_FILES, TYPE_CHOICE, FIELD(propagation), PROPAGATION_PRIVATE,
		.argument = "private|slave|shared|unchanged",
		.choices = "private|slave|shared|unchanged", .implies = KIND_BIT(KIND_MNT),
		.help = "of the mounts; private by default; implies --mount"},
	{"root", 0, GROUP_FILES, TYPE_PATH, FIELD(root), .argument = "DIR",
		.implies = KIND_BIT(KIND_MNT), .contradicts = "empty-root",
		.help = "that directory becomes the root; the old one is unreachable"},
	{"empty-root", 0, GROUP_FILES, TYPE_FLAG, FIELD(empty_root), 1,
		.implies = KIND_BIT(KIND_MNT), .help = "the root is an empty tmpfs"},
	{"read-only", 0, GROUP_FILES, TYPE_FLAG, FIELD(read_only), 1, .implies = KIND_BIT(KIND_MNT),
		.help = "the tree is read-only, but for what the operations add"},
	OPERATION("dev", OPERATION_DEV, "DEST", KIND_BIT(KIND_MNT),
		"a new /dev: null zero full random urandom tty, pts, shm, links"),
	OPERATION("bind", OPERATION_BIND, "SRC DEST", KIND_BIT(KIND_MNT),
		"SRC of the caller appears at DEST, with all in it"),
	OPERATION("bind-try", OPERATION_BIND | OPERATION_TRY, "SRC DEST", KIND_BIT(KIND_MNT),
		"the same, or nothing where SRC is missing"),
	OPERATION("ro-bind", OPERATION_RO_BIND, "SRC DEST", KIND_BIT(KIND_MNT),
		"as --bind, read-only"),
	OPERATION("ro-bind-try", OPERATION_RO_BIND | OPERATION_TRY, "SRC DEST", KIND_BIT(KIND_MNT),
		"the same, or nothing where SRC is missing"),
	OPERATION("dev-bind", OPERATION_DEV_BIND, "SRC DEST", KIND_BIT(KIND_MNT),
		"as --bind, and devices work there"),
	OPERATION("dev-bind-try", OPERATION_DEV_BIND | OPERATION_TRY, "SRC DEST",
		KIND_BIT(KIND_MNT), "the same, or nothing where SRC is missing"),
	OPERATION("tmpfs", OPERATION_TMPFS, "DEST", KIND_BIT(KIND_MNT),
		"an empty tmpfs; takes --perms and --size"),
	OPERATION("proc", OPERATION_PROC, "DEST", KIND_BIT(KIND_MNT), "a new proc"),
	OPERATION("sysfs", OPERATION_SYSFS, "DEST", KIND_BIT(KIND_MNT), "a new sysfs"),
	OPERATION("mqueue", OPERATION_MQUEUE, "DEST", KIND_BIT(KIND_MNT) | KIND_BIT(KIND_IPC),
		"a new mqueue, with POSIX message queues; implies --ipc"),
	{"host-usr", 0, GROUP_FILES, TYPE_WORDLESS, .number = OPERATION_HOST_USR,
		.implies = KIND_BIT(KIND_MNT),
		.help = "the host's /usr read-only; /bin, /lib*, /sbin as they are there"},
	OPERATION("dir", OPERATION_DIR, "DEST", KIND_BIT(KIND_MNT),
		"a directory, where there is none; takes --perms"),
	OPERATION("symlink", OPERATION_SYMLINK, "TARGET DEST", KIND_BIT(KIND_MNT),
		"a symbolic link to TARGET"),
	OPERATION("chmod", OPERATION_CHMOD, "OCTAL PATH", KIND_BIT(KIND_MNT),
		"the permissions of what is there"),
	OPERATION("remount-ro", OPERATION_REMOUNT_RO, "DEST", KIND_BIT(KIND_MNT),
		"makes the mounts from DEST on read-only"),
	{"perms", 0, GROUP_FILES, TYPE_PERMISSIONS, FIELD(permissions), .argument = "OCTAL",
		.help = "permissions of what the next operation makes"},
	{"size", 0, GROUP_FILES, TYPE_SIZE, FIELD(size), .argument = "BYTES",
		.help = "how much the next --tmpfs holds at most"},
	{"chdir", 'w', GROUP_FILES, TYPE_PATH, FIELD(directory), .argument = "DIR",
		.flags = OPTION_COMMON, .help = "the command's working directory"},

	/* Process */
	{"no-loopback", 0, GROUP_PROCESS, TYPE_FLAG, FIELD(no_loopback), 1,
		.modifies = KIND_BIT(KIND_NET), .help = "leaves lo down with --net"},
	{"keep-caps", 0, GROUP_PROCESS, TYPE_FLAG, FIELD(keep_caps), 1,
		.help = "keeps the capabilities also where the user id is not 0"},
	{"copy", 0, GROUP_PROCESS, TYPE_FLAG, FIELD(copy), 1, .flags = OPTION_HIDDEN,
		.help = "a child that shares no memory, even where it could"},

	/* Looking */
	{"explain", 0, GROUP_LOOKING, TYPE_CHOICE, FIELD(explain), EXPLAIN_TEXT,
		.argument = "text|json|c", .choices = "text|json|c",
		.flags = OPTION_COMMON | OPTION_OPTIONAL,
		.help = "shows the steps that would be taken, and takes none"},
	{"inspect", 0, GROUP_LOOKING, TYPE_PROCESS, FIELD(subject), .argument = "PID|self",
		.question = ASK_INSPECT, .flags = OPTION_QUESTION,
		.help = "the namespaces, ids, clocks and privileges of a process"},
	{"limits", 0, GROUP_LOOKING, TYPE_PROCESS, FIELD(subject), .argument = "PID|self",
		.question = ASK_LIMITS, .flags = OPTION_OPTIONAL | OPTION_QUESTION,
		.help = "how many namespaces may be made here, by kind, and how many there are"},
	{"json", 0, GROUP_LOOKING, TYPE_FLAG, FIELD(json), 1, .with = "inspect limits",
		.help = "the answer to --inspect or --limits for programs"},
	{"check", 0, GROUP_LOOKING, TYPE_QUESTION, .question = ASK_CHECK, .contradicts = "explain",
		.flags = OPTION_QUESTION,
		.help = "tries what may be made here; with options, whether they would start"},
	{"trace", 0, GROUP_LOOKING, TYPE_FLAG, FIELD(trace), 1, .flags = OPTION_COMMON,
		.help = "shows each step with its result and time as it happens"},
	{"step", 0, GROUP_LOOKING, TYPE_FLAG, FIELD(step), 1,
		.help = "waits on the terminal before each step, and shows what it changed"},
	{"list", 0, GROUP_LOOKING, TYPE_CHOICE, FIELD(list), LIST_TREE,
		.argument = "tree|table|json|dot", .choices = "tree|table|json|dot",
		.question = ASK_LIST, .flags = OPTION_OPTIONAL | OPTION_QUESTION | OPTION_WORDS,
		.help = "the namespaces of this machine; kinds or ids may follow"},
	{"help", 'h', GROUP_LOOKING, TYPE_TOPIC, FIELD(help_topic), .argument = "all|GROUP",
		.choices = "all|namespaces|identity|names|files|process|looking",
		.question = ASK_HELP, .flags = OPTION_COMMON | OPTION_OPTIONAL | OPTION_QUESTION,
		.help = "this page, the page of a group, or all of them"},
	{"version", 'V', GROUP_LOOKING, TYPE_QUESTION, .question = ASK_VERSION,
		.flags = OPTION_QUESTION, .help = "the version"},
	{"completion", 0, GROUP_LOOKING, TYPE_CHOICE, FIELD(completion), SHELL_BASH,
		.argument = "bash|zsh|fish", .choices = "bash|zsh|fish", .question = ASK_COMPLETION,
		.flags = OPTION_QUESTION, .help = "a completion script for that shell"},
	{"dump-options", 0, GROUP_LOOKING, TYPE_QUESTION, .question = ASK_DUMP_OPTIONS,
		.flags = OPTION_QUESTION, .help = "this table of options, for programs"},

	/* The words of unshare(1), nsenter(1) and bwrap(1) */
	{"map-current-user", 'c', .alias = "map-self", .flags = OPTION_HIDDEN},
	ALIAS("wd", "chdir"),
	ALIAS("uid", "map-user"),
	ALIAS("gid", "map-group"),
	ALIAS("unshare-all", "all"),
	ALIAS("unshare-user", "user"),
	ALIAS("unshare-ipc", "ipc"),
	ALIAS("unshare-pid", "pid"),
	ALIAS("unshare-net", "net"),
	ALIAS("unshare-uts", "uts"),
	ALIAS("unshare-cgroup", "cgroup"),
};

const int options_count = sizeof options / sizeof *options;

_Static_assert(sizeof options / sizeof *options <= OPTIONS_MAX,
	"the parser's tables are too small");

const char *const options_groups[GROUP_COUNT] = {
	[GROUP_NAMESPACES] = "namespaces",
	[GROUP_IDENTITY] = "identity",
	[GROUP_NAMES] = "names",
	[GROUP_FILES] = "files",
	[GROUP_PROCESS] = "process",
	[GROUP_LOOKING] = "looking",
};

const char *const options_types[TYPE_COUNT] = {
	[TYPE_FLAG] = "flag",
	[TYPE_KIND] = "kind",
	[TYPE_KINDS] = "kinds",
	[TYPE_TARGET] = "target",
	[TYPE_NAME] = "name",
	[TYPE_PATH] = "path",
	[TYPE_ID] = "id",
	[TYPE_PROCESS] = "process",
	[TYPE_CLOCK] = "clock",
	[TYPE_IDS] = "ids",
	[TYPE_RANGE] = "range",
	[TYPE_CHOICE] = "choice",
	[TYPE_TOPIC] = "topic",
	[TYPE_PERMISSIONS] = "permissions",
	[TYPE_SIZE] = "size",
	[TYPE_OPERATION] = "operation",
	[TYPE_WORDLESS] = "wordless",
	[TYPE_QUESTION] = "question",
};

const struct option_row *options_find(const char *name, size_t length)
{
	for (int i = 0; i < options_count; i++)
		if (strlen(options[i].name) == length && !strncmp(options[i].name, name, length))
			return &options[i];
	return NULL;
}

const struct option_row *options_resolve(const struct option_row *row)
{
	return row->alias ? options_find(row->alias, strlen(row->alias)) : row;
}

int options_choice(const char *choices, const char *value)
{
	size_t length = strlen(value);

	for (int i = 0; *choices; i++) {
		size_t word = strcspn(choices, "|");

		if (word == length && !strncmp(choices, value, length))
			return i;
		choices += word + (choices[word] == '|');
	}
	return -1;
}

/* The number of insertions, deletions and replacements that make `known` of `word`. */
static size_t edit_distance(const char *word, size_t length, const char *known)
{
	size_t row[OPTIONS_NAME_MAX + 1];
	size_t columns = strlen(known);

	for (size_t j = 0; j <= columns; j++)
		row[j] = j;
	for (size_t i = 1; i <= length; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= columns; j++) {
			size_t replaced = diagonal + (word[i - 1] != known[j - 1]);
			size_t shorter = row[j] < row[j - 1] ? row[j] + 1 : row[j - 1] + 1;

			diagonal = row[j];
			row[j] = replaced < shorter ? replaced : shorter;
		}
	}
	return row[columns];
}

const char *options_nearest(const char *word, size_t length)
{
	const char *nearest = NULL;
	size_t least = length / 3 + 1;

	for (int i = 0; i < options_count && length; i++) {
		const struct option_row *row = &options[i];
		size_t distance;

		if ((row->flags & OPTION_HIDDEN) || length > OPTIONS_NAME_MAX)
			continue;
		if (!strncmp(row->name, word, length))
			return row->name;
		distance = edit_distance(word, length, row->name);
		if (distance <= least && (!nearest || distance < least)) {
			least = distance;
			nearest = row->name;
		}
	}
	return nearest;
}
