/*
 * What is true on this machine and for this caller, as plain data: a test makes its own.
 */
#ifndef FACTS_H
#define FACTS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "arena.h"
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
	FACT_OWNER = 128,      /* owns_mounts: for hints */
	FACT_TARGETS = 256,    /* of --join */
	FACT_SUBIDS = 512,     /* the caller's name and the ids granted to it */
	FACT_HELPERS = 1024    /* what keeps their privilege from newuidmap(1) and newgidmap(1) */
};

/* What stands against a target of --join. */
enum target_problem {
	TARGET_FINE,
	TARGET_GONE,          /* no such process */
	TARGET_ENDED,         /* a zombie */
	TARGET_THREAD,        /* of the process `number` */
	TARGET_REFUSED,       /* errno `number`; it runs as `uid` */
	TARGET_HIDDEN,        /* it lives, but /proc shows nothing of it */
	TARGET_OTHER_PROC,    /* /proc numbers processes otherwise than nsrun's calls */
	TARGET_FAILED,        /* a file: errno `number` */
	TARGET_NO_NAMESPACE,  /* another sort of file */
	TARGET_NO_NAMESPACES, /* a directory without any */
	TARGET_ABSENT,        /* the directory of --save, missing or empty: it is to be filled */
};

/* A target of --join. */
struct target_facts {
	enum target_problem problem;
	int number;
	bool directory;
	unsigned kinds;       /* set of the namespaces that are there */
	unsigned own;         /* of these, those that the caller is in */
	unsigned unreachable; /* of these, those that the kernel lets nobody here enter */
	unsigned
		owned_below; /* of these, those of a user namespace below the caller's, as far as read */
	uint64_t id[KIND_COUNT];    /* their inode numbers */
	uint64_t owner[KIND_COUNT]; /* of the user namespaces that own them; 0: not read */
	long long user_owner;       /* who made its user namespace; -1 unknown */
	int alive; /* pidfd: not readable while the process is what was looked at; -1 */
	uid_t uid; /* its effective user id */
	/* What the caller becomes in its user namespace: 0 if that is mapped; -1: not mapped */
	long long joined_uid, joined_gid;
};

/* What belongs to /usr at the root. */
enum { USR_COUNT = 6 };

/* The group that terminals have by custom. */
enum { TERMINAL_GROUP = 5 };

extern const char *const facts_usr[USR_COUNT]; /* "/bin" */

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

struct helper_facts {
	char path[256];  /* known where a plan may use it; "": PATH has none that can be executed */
	bool privileged; /* set-user-ID root, or with a file capability */
	bool nosuid;     /* it lies on a mount with nosuid */
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

	struct target_facts targets[JOIN_MAX]; /* FACT_TARGETS, one for each --join */
	/* --host-usr: what /bin, /lib* and /sbin are here: what a link holds, or "" for a directory; NULL: absent */
	const char *usr[USR_COUNT];
	bool terminal_group;           /* --dev: whether gid 5 (tty) is mapped here */
	const char *working_directory; /* the caller's; "/" where it has no path */
	char **environment;            /* --join-env: of the process; else NULL */
	int environment_error;         /* its errno, or 0 */
	const char *cgroup;  /* --join-cgroup: the directory of its cgroup; NULL: none is known */
	int cgroup_error;    /* 0: no cgroup2 file system is mounted, or shows it */
	struct arena memory; /* of these */

	char user[64]; /* the caller's name, passwd(5); else its number */
	struct id_map sub_uids,
		sub_gids; /* of the caller in /etc/subuid, /etc/subgid: outside, count */
	uint32_t free_sub_uid, free_sub_gid; /* from where on nobody has any */
	bool no_new_privs;
	struct helper_facts newuidmap, newgidmap;

	int directory_error; /* FACT_COMMAND: why --chdir will fail; 0: it will not, as far as seen */
	struct command_facts command; /* FACT_COMMAND */
};

/* The facts that a plan of this spec needs; the common ones cost no system call. */
void facts_for_plan(const struct spec *, struct facts *);

/* Besides, those that --explain shows and its obstacles need. */
void facts_for_explain(const struct spec *, struct facts *);

/* Besides, those that explain why something was refused, and the groups (FACT_*) in `wanted`. */
void facts_for_hint(const struct spec *, unsigned wanted, struct facts *);

/* The set of kinds that the i-th --join brings: those named of a process, the kind of a file; else all that
 * are not the caller's, but for a PID namespace where a new one is made: that cannot lie below one
 * that is only joined, for which it takes a process in between.  FACT_TARGETS. */
unsigned facts_joined(const struct spec *, const struct facts *, int i);

/* Whether the i-th --join names the directory of --save: what is there is joined, else made. */
bool facts_is_kept(const struct spec *, int i);

/* Frees and closes what the others took. */
void facts_free(struct facts *);

/* How much of the release is the version: "6.18" of "6.18.44-distribution". */
int facts_release_length(const struct facts *);

/* Whether the caller has that capability (CAP_*, <linux/capability.h>).  FACT_CAPABILITIES. */
bool facts_has_capability(const struct facts *, int capability);

#endif
