/*
 * What was asked for: plain values, as the option table (options.h) sets them.  Nothing is opened
 * and nothing probed to fill it.  The strings are those of argv.
 */
#ifndef SPEC_H
#define SPEC_H

#include <stdbool.h>
#include <stdint.h>

#include "namespaces.h"

enum propagation {
	PROPAGATION_PRIVATE,
	PROPAGATION_SLAVE,
	PROPAGATION_SHARED,
	PROPAGATION_UNCHANGED
};
enum map_mode { MAP_ROOT, MAP_SELF };
enum setgroups { SETGROUPS_DEFAULT, SETGROUPS_ALLOW, SETGROUPS_DENY };
enum explain_form { EXPLAIN_NOT, EXPLAIN_TEXT, EXPLAIN_JSON, EXPLAIN_C };
enum list_form { LIST_TREE, LIST_TABLE, LIST_JSON, LIST_DOT };
enum shell { SHELL_BASH, SHELL_ZSH, SHELL_FISH };
enum question {
	ASK_NOTHING,
	ASK_HELP,
	ASK_VERSION,
	ASK_COMPLETION,
	ASK_DUMP_OPTIONS,
	ASK_RELEASE,
	ASK_INSPECT,
	ASK_LIMITS,
	ASK_CHECK,
	ASK_LIST
};

#define ID_NOT_GIVEN (-1)

/* The clocks that a time namespace shifts, time_namespaces(7). */
enum clock { CLOCK_OF_MONOTONIC, CLOCK_OF_BOOTTIME, CLOCK_COUNT };

/* What a clock shall be shifted by or, with `absolute`, shall read at the launch. */
struct clock_wish {
	const char *text; /* as it was given; NULL: not */
	bool absolute;
	int64_t nanoseconds;
};

/* A --join: a process, or a file or directory. */
struct join {
	const char *text; /* as it was given; the path */
	int pid;          /* 0: it is a path */
	unsigned kinds;   /* set of those named of a process; empty: all that differ */
};

/* Each brings another kind. */
enum { JOIN_MAX = KIND_COUNT };

/* `count` ids from `inside` on are, seen from outside, those from `outside` on. */
struct id_range {
	uint32_t inside, outside, count;
};

struct id_map {
	struct id_range *ranges;
	int count;
};

struct id_list {
	uint32_t *ids;
	int count;
};

/* What one of the operations on files does, in their order on the command line. */
enum operation_kind {
	OPERATION_BIND = 1,
	OPERATION_RO_BIND,
	OPERATION_DEV_BIND,
	OPERATION_TMPFS,
	OPERATION_PROC,
	OPERATION_SYSFS,
	OPERATION_MQUEUE,
	OPERATION_DEVPTS, /* of OPERATION_DEV */
	OPERATION_DEV,
	OPERATION_HOST_USR,
	OPERATION_DIR,
	OPERATION_SYMLINK,
	OPERATION_CHMOD,
	OPERATION_REMOUNT_RO,
	OPERATION_TRY = 64 /* beside one of the binds: nothing where the source is missing */
};

#define PERMISSIONS_NOT_GIVEN (-1)

struct operation {
	const char *option;          /* "ro-bind" */
	int kind;                    /* enum operation_kind */
	bool tries;                  /* OPERATION_TRY */
	const char *source, *target; /* as they were given; source: NULL where it takes none */
	int permissions;             /* --perms or of --chmod, or PERMISSIONS_NOT_GIVEN */
	uint64_t size;               /* --size in bytes; 0: not given */
};

/* Lines that a map may have, user_namespaces(7). */
enum { ID_RANGES_MAX = 340 };

struct spec {
	unsigned kinds;                   /* set of kinds asked for one by one, or implied */
	const char *asked_by[KIND_COUNT]; /* "uts": the first option that asked */
	int all;                          /* --all */
	const char *save, *release;       /* directories; NULL: not given */
	unsigned left_out;                /* set of kinds taken out again by --share */

	struct join joins[JOIN_MAX];
	int join_count;
	int join_env, join_cgroup, join_root; /* of the one process among them */

	const char *hostname, *domainname; /* NULL: not given */
	struct clock_wish clocks[CLOCK_COUNT];
	int no_hostname, no_loopback, no_proc;
	int proc;              /* a new /proc even without --pid */
	int propagation;       /* enum propagation */
	const char *directory; /* --chdir */

	const char *root; /* --root; NULL: not given */
	int empty_root, read_only;
	struct operation *operations; /* in their order */
	int operation_count;
	int permissions; /* --perms and --size that the next operation will take */
	uint64_t size;

	int map_mode;                        /* enum map_mode */
	int64_t map_user, map_group;         /* ID_NOT_GIVEN, or the id inside */
	struct id_map map_users, map_groups; /* --map-users, --map-groups, in their order */
	int map_auto;
	int setgroups;          /* enum setgroups */
	int64_t setuid, setgid; /* ID_NOT_GIVEN, or the command's id */
	struct id_list groups;
	int keep_caps, disable_userns;

	int no_fork, fork, copy, trace, step;
	int explain;            /* enum explain_form */
	int question;           /* enum question */
	const char *help_topic; /* NULL, "all" or a group's name */
	int completion;         /* enum shell */
	int subject;            /* of --inspect and --limits: a pid, or 0 for nsrun itself */
	int json;               /* their answer is for programs */
	bool alone;             /* nothing but the question was given */
	int list;               /* enum list_form */

	char **command; /* NULL: none given */
	char **words;   /* of a question that takes some; NULL: none given */
};

/* The option for which the command gets a root of its own; NULL: it keeps the caller's. */
static inline const char *spec_has_root(const struct spec *spec)
{
	if (spec->root || spec->empty_root)
		return spec->root ? "root" : "empty-root";
	if (spec->operation_count)
		return spec->operations[0].option;
	return spec->read_only ? "read-only" : NULL;
}

#endif
