/*
 * The namespace table: the one place that lists the eight kinds.
 */
#ifndef NAMESPACES_H
#define NAMESPACES_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* In the order of the table, and of every list that is printed. */
enum kind {
	KIND_MNT,
	KIND_UTS,
	KIND_IPC,
	KIND_NET,
	KIND_PID,
	KIND_USER,
	KIND_CGROUP,
	KIND_TIME,
	KIND_COUNT
};

/* A set of kinds is an unsigned with bit 1 << kind. */
#define KIND_BIT(kind) (1U << (kind))
#define KIND_ALL (KIND_BIT(KIND_COUNT) - 1)

struct namespace_kind {
	const char *name;      /* as in /proc/PID/ns, and on the command line */
	unsigned flag;         /* CLONE_NEW*, clone(2) */
	const char *flag_name; /* "CLONE_NEWNS" */
	const char *sysctl;    /* the file below /proc/sys/user that limits it, namespaces(7) */
	const char *manual;    /* the page to read */
	const char *about;     /* one plain sentence */
};

extern const struct namespace_kind namespaces[KIND_COUNT];

/* The kind of that name ("mount" is read as mnt), or -1.  `length` bytes of `name` count. */
int namespaces_find(const char *name, size_t length);

/* A link in /proc/PID/ns, "net:[4026531840]"; false if it is none. */
bool namespaces_read_link(const char *text, int *kind, uint64_t *id);

/* A word that means namespaces: a kind (then the id is 0), an id (then the kind is -1), or a link.  False
 * if it is none of them. */
bool namespaces_read_word(const char *word, int *kind, uint64_t *id);

/* The set as a mask for clone(2). */
unsigned namespaces_flags(unsigned set);

/* The kinds of a set, by name, with `gap` between ("mnt uts pid"). */
void namespaces_list(FILE *out, unsigned set, const char *gap);

/* The set of the kinds whose flags are in `flags`. */
unsigned namespaces_of(unsigned flags);

/* The set of the kinds that the kernel has, by /proc/self/ns; without a proc all. */
unsigned namespaces_here(void);

/* The id of an open namespace, its inode number; 0 of no descriptor. */
uint64_t namespaces_id(int fd);

/* The id of what an ioctl_ns(2) of an open namespace leads to; 0: nothing, or it lies outside of the caller's
 * view (kernel-traps 56). */
uint64_t namespaces_follow(int fd, unsigned long request);

/* The names of the CLONE_NEW* flags in `flags`, with | between. */
void namespaces_flag_names(FILE *out, unsigned flags);

#endif
