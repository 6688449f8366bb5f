/*
 * One process as the caller sees it from outside: what /proc and ioctl_ns(2) tell, and what only trying
 * tells, in children that are thrown away.
 */
#ifndef SUBJECT_H
#define SUBJECT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "error.h"
#include "namespaces.h"
#include "spec.h"

/* The number of the initial user namespace, the kernel's PROC_USER_INIT_INO. */
#define SUBJECT_INITIAL_USER UINT64_C(0xEFFFFFFD)

/* Lines that the kernel takes in a map, user_namespaces(7). */
enum { SUBJECT_RANGES = 340, SUBJECT_NAME = 36 };

/* What a link of /proc/PID/ns leads to.  An id is the number in the link; 0: not known. */
struct subject_namespace {
	int number; /* errno of reading the link; else 0 */
	uint64_t id;
	bool same; /* the caller is in it */
	uint64_t
		parent; /* of the kinds that nest; 0 also for the outermost that the caller may see */
	uint64_t owner;    /* the user namespace that owns it */
	int64_t owner_uid; /* who made it, of a user namespace; -1 not known */
};

/* A line of uid_map or gid_map.  `outside` counts in the caller's user namespace, or, if the process is in the
 * same one, in the parent's. */
struct subject_range {
	uint32_t inside, outside, count;
	char name[SUBJECT_NAME]; /* of `outside` here, if it is one id and has a name; else "" */
};

struct subject_map {
	struct subject_range ranges[SUBJECT_RANGES];
	int count; /* -1: it could not be read */
};

enum subject_set {
	SUBJECT_EFFECTIVE,
	SUBJECT_PERMITTED,
	SUBJECT_INHERITABLE,
	SUBJECT_BOUNDING,
	SUBJECT_AMBIENT,
	SUBJECT_SETS
};

struct subject {
	/* Of the caller. */
	uid_t own_uid;
	gid_t own_gid;
	char own_name[SUBJECT_NAME], own_group[SUBJECT_NAME];
	bool initial_user; /* it is in the initial user namespace */
	bool admin;        /* it has CAP_SYS_ADMIN there */
	uint64_t full;     /* set of all capabilities that the kernel has */
	unsigned kinds;    /* set of the kinds that the kernel has */

	pid_t pid;
	bool self;        /* it is the caller */
	bool ended;       /* a zombie: it has no namespaces any more */
	char command[64]; /* name, as in /proc/PID/comm */
	int64_t uid;      /* effective, in the caller's user namespace */
	char user[SUBJECT_NAME];
	struct subject_namespace namespaces[KIND_COUNT];
	uint64_t pid_for_children, time_for_children; /* 0: not known, or none yet */
	struct subject_map uid_map, gid_map;
	char setgroups[8]; /* "allow", "deny"; "" not known */
	bool clocks_known;
	int64_t clocks[CLOCK_COUNT]; /* offsets of its time namespace for children, nanoseconds */
	char cgroup[4096];           /* lines as in cgroups(7) */
	uint64_t capabilities[SUBJECT_SETS];
	int seccomp, filters; /* mode, and how many; -1 not known */
	int no_new_privs;     /* -1 not known */

	char hostname[65];   /* of its UTS namespace */
	int hostname_number; /* errno of entering that; else 0 */

	unsigned differ;   /* set of its kinds that are not the caller's */
	unsigned joined;   /* of these, what one setns(2) could join together */
	int join_number;   /* errno of joining all that differ; else 0 */
	bool foreign_proc; /* /proc belongs to another PID namespace: joining was not tried */
};

/* Opens the directory in /proc of process `pid`, or of the caller with 0; `option` is named in the error.  A
 * descriptor, or -1. */
int subject_open(int pid, const char *option, struct error *);

/* The effective user id of the process of that directory, as the caller numbers it, or -1. */
int64_t subject_uid(int directory);

/* Reads all of it.  0, or -1 with an error. */
int subject_read(int pid, struct subject *, struct error *);

#endif
