/*
 * Calls and constants that glibc or the headers of a supported system lack.
 * Whether the kernel has them is found at run time (ENOSYS, EINVAL).
 */
#ifndef SYS_H
#define SYS_H

#include <fcntl.h>
#include <linux/openat2.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mount.h>
#include <sys/types.h>

#ifndef OPEN_TREE_CLONE
#define OPEN_TREE_CLONE 1
#define OPEN_TREE_CLOEXEC O_CLOEXEC
#define MOVE_MOUNT_F_EMPTY_PATH 0x00000004
#define MOVE_MOUNT_T_EMPTY_PATH 0x00000040
#endif

/* Linux 5.12. */
#ifndef RESOLVE_CACHED
#define RESOLVE_CACHED 0x20
#endif

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

/* clone(2) on the caller's stack that ends at `top`, into `enter(argument)`; the newborn's pid is at `pid`
 * before it runs (CLONE_PARENT_SETTID, which is added).  The pid, or -1 and errno. */
pid_t sys_clone(int (*enter)(void *), void *top, unsigned flags, void *argument, pid_t *pid);

/* A descriptor of process `pid`, close-on-exec; poll(2) finds it readable once that process is
 * dead.  -1 and errno.  pidfd_open(2), Linux 5.3. */
int sys_pidfd_open(pid_t pid);

/* A copy of a descriptor of that process, close-on-exec.  -1 and errno.  pidfd_getfd(2), Linux 5.6. */
int sys_pidfd_getfd(int pidfd, int descriptor);

/* Opens a path below a directory; `resolve` is RESOLVE_...  -1 and errno.  openat2(2), Linux 5.6. */
int sys_openat2(int directory, const char *path, int flags, unsigned resolve);

/* A mount that is in no mount namespace yet, or the mount of a file; and one moved to where it shall be.
 * -1 and errno.  open_tree(2), move_mount(2), Linux 5.2. */
int sys_open_tree(int directory, const char *path, unsigned flags);
int sys_move_mount(int from, const char *from_path, int to, const char *to_path, unsigned flags);

/* sigprocmask(2) of all 64 signals, bit number - 1: glibc keeps 32 and 33, its own, out of every set.
 * 0, or -1 and errno. */
int sys_sigprocmask(int how, const uint64_t *set, uint64_t *old);

/* The default action and no mask for a signal, any of the 64: posix_spawn(3) leaves 32 and 33 ignored,
 * and glibc's sigaction(2) takes neither. */
void sys_reset_signal(int number);

/* The name of an errno value ("EPERM"); "?" if it has none. */
const char *sys_errno_name(int number);

/* The name of a signal without SIG ("TERM", "RTMIN+2"); written to `out`, which is returned. */
char *sys_signal_name(int number, char *out, size_t size);

#endif
