/*
 * The helpers that nsrun shares with the C programs of --explain=c, and those that only the programs
 * have: each is printed there as it stands in code.c.  Those of nsrun return a negative number and set
 * errno on failure, allocate nothing and use no stdio stream.
 */
#ifndef CODE_H
#define CODE_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "new_root.h"

/* Writes a file that exists, in one write(2).  Its descriptor, close-on-exec. */
int write_file(int directory, const char *path, const char *text);

/* The same with /proc/PID/NAME; closes it. */
int write_file_of(pid_t pid, const char *name, const char *text);

/* Moves a process into the cgroup of that cgroup.procs. */
int enter_cgroup(const char *path, pid_t pid);

/* Brings lo up. */
int loopback_up(void);

/* SIGKILL for this process when its parent dies, or has died: `parent` is its pidfd. */
int die_with(int parent);

/* Has a stop from the terminal that is pending do nothing when signals are unblocked; a signal that is ignored
 * stays so. */
int swallow_stops(void);

/* Ids 0 and no supplementary groups, as far as the user namespace has them and allows it. */
int become_root(void);

/* The working directory, or / where that does not exist. */
int go_to(const char *directory);

/* The pid that /proc gives the caller, or -1: another than getpid(2)'s where /proc belongs to another
 * PID namespace. */
pid_t proc_pid(void);

/* unshare(2) of a user namespace with these maps, which may have any range. */
int nest(const char *users, const char *groups);

/* Makes all permitted capabilities effective, inheritable and ambient. */
int keep_capabilities(void);

/* A new root; see new_root.h.  Functions on it return -1 with errno, and say in `problem` what that speaks of. */

/* Begins one: a copy of the tree at `source`, with all mounts below; where `own`, places may be made in it.
 * `read_only`: all mounts but the first. */
int begin_root(struct new_root *, const char *source, bool own, bool read_only);

/* Begins one on an empty tmpfs. */
int begin_empty_root(struct new_root *);

/* The functions below take places inside the new root; links never lead out of it.  What is missing of a place is
 * made only in mounts that were made new. */

/* Mounts a copy of the tree at `source`, with mount attributes for all of it, mount_setattr(2).  `tries`: a missing
 * source is none. */
int bind_inside(struct new_root *, const char *source, const char *place, uint64_t attributes,
	bool tries);

/* Mounts a new file system with these parameters: names and values in turn, NULL ends. */
int mount_inside(struct new_root *, const char *type, const char *place, unsigned attributes,
	const char *const parameters[]);

/* Makes a directory where there is none, also in what is the host's. */
int directory_inside(struct new_root *, const char *place, mode_t mode);
int link_inside(struct new_root *, const char *target, const char *place);
int chmod_inside(struct new_root *, const char *place, mode_t mode);

/* Makes all mounts from there on read-only. */
int seal_inside(struct new_root *, const char *place);

/* The same for its first mount alone, when all is in place. */
int seal_root(const struct new_root *);

/* Makes it the root, and takes the old one off. */
int enter_root(const struct new_root *);

/*
 * Of the programs alone.  Ends the process with status 125 if `result` is negative, after a line that
 * names the step.
 */
void check(int result, const char *step);

/* The status of a command that could not be run, for errno as it is, after such a line. */
int cannot_run(const char *step);

/* mmap(2) without a file, and the high end of a stack made by it; ends the process on failure. */
void *new_memory(size_t size, int flags);
char *new_stack(void);

/* Blocks all signals; SIGCHLD has its default action. */
void block_signals(sigset_t *before);

/* A number as a string, until the next one. */
char *decimal(int number);

/* Runs a program, a path and its argv, to its end; what it says is not caught. */
int run_program(char *const words[]);

/* The turn, over an end of a SOCK_SEQPACKET pair; whether it came. */
void give_turn(int end);
int await_turn(int end);

/* --save: the locked directory, its mount on itself, a file in it that keeps a namespace of a process, and
 * the end of one. */
int lock_directory(const char *parent, const char *name, mode_t mode);
int mount_on_itself(int directory);
int keep_namespace(int directory, const char *name, pid_t pid);
int release_namespace(int directory, const char *name);

#endif
