/*
 * What is true on this machine and for this caller, as plain data: a test makes its own.
 */
#ifndef FACTS_H
#define FACTS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "namespaces.h"
#include "spec.h"

/* The groups of facts; each is read only when somebody asks. */
enum {
	FACT_CAPABILITIES = 1, /* effective, permitted */
	FACT_MACHINE = 2,      /* release, kinds */
	FACT_TERMINAL = 4,     /* terminal, foreground, shell */
	FACT_REFUSALS = 8,     /* what may stand in the way: for hints */
	FACT_PROBES = 16,      /* one throw-away child for each kind: for hints, expensive */
	FACT_COMMAND = 32,     /* what the command's name leads to */
	FACT_CLOCKS = 64,      /* clocks */
	FACT_OWNER = 128       /* owns_mounts: for hints */
};

enum answer { UNKNOWN, NO, YES };

struct command_facts {
	char path[256]; /* the file that would be executed, or was refused; "" if none */
	bool directory;
	bool not_executable;   /* no execute permission for this caller */
	bool noexec;           /* it lies on a mount with noexec */
	char interpreter[128]; /* that it names (#! or ELF), "" if none */
	bool interpreter_missing;
	bool elf; /* an ELF file, elf(5) */
};

/* A clock that a time namespace shifts, in nanoseconds. */
struct clock_facts {
	int64_t now;    /* what it reads */
	int64_t offset; /* of the caller's time namespace */
};

struct facts {
	unsigned known; /* groups that have been read */

	uid_t uid; /* effective ids; always known (getauxval(3)) */
	gid_t gid;
	const char *path;         /* PATH that the command will have; NULL: libc's default */
	const char *default_path; /* libc's */
	const char *shell;        /* $SHELL or /bin/sh */

	uint64_t effective; /* capabilities(7) */

	char release[65]; /* of uname(2) */
	unsigned kinds;   /* set of the kinds that the kernel has */

	bool terminal;   /* standard input is a terminal */
	bool foreground; /* nsrun's process group is in its foreground */

	struct clock_facts clocks[CLOCK_COUNT];

	int seccomp;             /* mode; -1 unknown */
	enum answer chroot;      /* the root directory is not that of the mount namespace */
	bool root_is_mount;      /* the root directory is a mount point */
	bool nested_user;        /* the caller is in a user namespace that is not the initial one */
	enum answer owns_mounts; /* the mount namespace belongs to the caller's user namespace */
	bool uid_unmapped, gid_unmapped; /* in the present user namespace */
	int userns_clone;                /* kernel.unprivileged_userns_clone; -1 absent */
	int apparmor_restrict;       /* kernel.apparmor_restrict_unprivileged_userns; -1 absent */
	char apparmor[128];          /* profile that confines the caller; "" if none */
	long long limit[KIND_COUNT]; /* user.max_*_namespaces as seen from here; -1 absent */
	bool proc_mounted;           /* a proc file system is at /proc */
	bool proc_read_only;
	char covered[160];       /* what lies over parts of /proc: "/proc/sys, /proc/kcore" */
	long long process_limit; /* RLIMIT_NPROC, if it binds the caller; else -1 */
	bool children_elsewhere; /* its children go to another PID namespace, pid_namespaces(7) */
	long mounts, mount_max;  /* in the present mount namespace, and fs.mount-max */

	unsigned probed;       /* set of the kinds that were tried, one by one */
	int probe[KIND_COUNT]; /* 0, or the errno that it gave */

	int directory_error; /* FACT_COMMAND: why --chdir will fail; 0: it will not, as far as seen */
	struct command_facts command; /* FACT_COMMAND */
};

/* The facts that a plan of this spec needs; the common ones cost no system call. */
void facts_for_plan(const struct spec *, struct facts *);

/* Besides, those that --explain shows and its obstacles need. */
void facts_for_explain(const struct spec *, struct facts *);

/* Besides, those that explain why something was refused, and the groups (FACT_*) in `wanted`. */
void facts_for_hint(const struct spec *, unsigned wanted, struct facts *);

/* Whether the caller has that capability (CAP_*, <linux/capability.h>).  FACT_CAPABILITIES. */
bool facts_has_capability(const struct facts *, int capability);

#endif
