#include "save.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "code.h"
#include "facts.h"
#include "launch.h"
#include "procfs.h"
#include "sys.h"
#include "text.h"

/* What a path by way of a descriptor takes; how often one looks for the directory. */
enum { PATH_SIZE = 64, TRIES_MAX = 10000 };

struct save_place *save_place_of(struct arena *arena, const char *path)
{
	struct save_place *place = arena_take(arena, sizeof *place);
	size_t end = strlen(path), begin;

	if (!place)
		return NULL;
	while (end > 0 && path[end - 1] == '/')
		end--;
	for (begin = end; begin > 0 && path[begin - 1] != '/'; begin--)
		;
	*place = (struct save_place){.path = path, .above = -1, .directory = -1, .on = -1};
	place->parent = begin ? arena_print(arena, "%.*s", (int)begin, path) : ".";
	place->name = arena_print(arena, "%.*s", (int)(end - begin), path + begin);
	if (!place->parent || !place->name)
		return NULL;
	if (!*place->name || !strcmp(place->name, ".") || !strcmp(place->name, "..")) {
		errno = EINVAL;
		return NULL;
	}
	return place;
}

int save_kind_of(const char *file)
{
	int kind = namespaces_find(file, strlen(file));

	return kind >= 0 && !strcmp(file, namespaces[kind].name) ? kind : -1;
}

static void drop(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void save_close(struct save_place *place)
{
	drop(&place->on);
	drop(&place->directory);
	drop(&place->above);
}

/* 0, or -1 and errno: ESTALE if the path does not lead to what was locked, as whoever held the lock
 * before has removed it. */
static int check_locked(struct save_place *place)
{
	struct statx held, named;

	if (statx(place->directory, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &held) < 0)
		return -1;
	if (statx(place->above, place->name, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, &named) < 0) {
		if (errno == ENOENT)
			errno = ESTALE;
		return -1;
	}
	place->made = (held.stx_mode & (S_ISVTX | S_IRWXG | S_IRWXO)) == S_ISVTX;
	if (held.stx_ino == named.stx_ino && held.stx_dev_major == named.stx_dev_major &&
		held.stx_dev_minor == named.stx_dev_minor)
		return 0;
	errno = ESTALE;
	return -1;
}

/* Signals that are blocked now would not end the wait either.  To die in it is clean: whoever has the
 * lock sees to the directory. */
static int wait_for_lock(int directory, const uint64_t *mask)
{
	uint64_t before;
	int result, number;

	if (flock(directory, LOCK_EX | LOCK_NB) == 0)
		return 0;
	if (errno != EWOULDBLOCK)
		return -1;
	if (mask)
		sys_sigprocmask(SIG_SETMASK, mask, &before);
	while ((result = flock(directory, LOCK_EX)) < 0 && errno == EINTR)
		;
	number = errno;
	if (mask)
		sys_sigprocmask(SIG_SETMASK, &before, NULL);
	errno = number;
	return result;
}

static int try_to_lock(struct save_place *place, bool make, const uint64_t *mask)
{
	bool made = make && mkdirat(place->above, place->name, SAVE_MODE) == 0;
	int number;

	if (make && !made && errno != EEXIST)
		return -1;
	place->directory =
		openat(place->above, place->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (place->directory < 0) {
		/* Gone between the two calls. */
		if (make && errno == ENOENT)
			errno = ESTALE;
	} else if (wait_for_lock(place->directory, mask) == 0 && check_locked(place) == 0) {
		return 0;
	}
	number = errno;
	if (made && number != ESTALE)
		unlinkat(place->above, place->name, AT_REMOVEDIR);
	drop(&place->directory);
	errno = number;
	return -1;
}

int save_lock(struct save_place *place, bool make, const uint64_t *mask)
{
	int result = -1, number;

	place->above = open(place->parent, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (place->above < 0)
		return -1;
	/* Each time that it is gone another has had it; a file system that says so for ever is left. */
	for (int tries = 0; tries < TRIES_MAX; tries++) {
		result = try_to_lock(place, make, mask);
		if (result == 0 || errno != ESTALE)
			break;
	}
	number = errno;
	if (result < 0)
		save_close(place);
	errno = number;
	return result;
}

int save_open(struct save_place *place)
{
	drop(&place->on);
	place->on =
		openat(place->above, place->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return place->on < 0 ? -1 : 0;
}

/* 0 if the directory is empty; else ENOTEMPTY, with the name of an entry. */
static int check_empty(const struct save_place *place, struct error *error)
{
	char entries[2048] __attribute__((aligned(8)));
	ssize_t length;

	while ((length = getdents64(place->directory, entries, sizeof entries)) > 0) {
		for (ssize_t i = 0; i < length;) {
			const struct dirent64 *entry = (const void *)(entries + i);

			i += entry->d_reclen;
			if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
				continue;
			snprintf(error->object, sizeof error->object, "%.199s", entry->d_name);
			errno = ENOTEMPTY;
			return -1;
		}
	}
	return (int)length;
}

static void leave(struct save_place *place)
{
	if (place->made)
		unlinkat(place->above, place->name, AT_REMOVEDIR);
	save_close(place);
}

static int take_directory(struct launch *launch, const struct step *step, struct error *error)
{
	const struct save_call *call = step->argument;

	if (save_lock(call->place, true, &launch->inherited) < 0)
		return error_call(error);
	if (check_empty(call->place, error) == 0)
		return 0;
	error_call(error);
	/* Of a directory with something in it rmdir(2) takes none. */
	leave(call->place);
	return -1;
}

static void leave_directory(struct launch *launch, const struct step *step)
{
	const struct save_call *call = step->argument;

	(void)launch;
	leave(call->place);
}

/* The path of a descriptor, or of a file below it, which nobody can swap. */
static char *path_of(int fd, const char *file, char path[PATH_SIZE])
{
	snprintf(path, PATH_SIZE, "/proc/self/fd/%d%s%s", fd, file ? "/" : "", file ? file : "");
	return path;
}

static int mount_private(struct launch *launch, const struct step *step, struct error *error)
{
	struct save_place *place = ((const struct save_call *)step->argument)->place;
	pid_t seen = proc_pid();
	char path[PATH_SIZE];

	(void)launch;
	if (seen != getpid()) {
		/* Its links would be another process's. */
		errno = seen < 0 ? ENOENT : ESRCH;
		return error_call(error);
	}
	place->on = sys_open_tree(place->directory, "",
		OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);
	if (place->on < 0 || sys_move_mount(place->on, "", place->directory, "",
				     MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0) {
		error_call(error);
		drop(&place->on);
		return -1;
	}
	if (mount(NULL, path_of(place->on, NULL, path), NULL, MS_PRIVATE, NULL) < 0) {
		error_call(error);
		umount2(path, MNT_DETACH);
		drop(&place->on);
		return -1;
	}
	return 0;
}

static void unmount_private(struct launch *launch, const struct step *step)
{
	struct save_place *place = ((const struct save_call *)step->argument)->place;
	char path[PATH_SIZE];

	(void)launch;
	umount2(path_of(place->on, NULL, path), MNT_DETACH);
}

/* What can be undone of a binding, whether all of it was done or not. */
static void unbind(const struct save_call *call)
{
	const char *name = namespaces[call->kind].name;
	char path[PATH_SIZE];

	umount2(path_of(call->place->on, name, path), MNT_DETACH | UMOUNT_NOFOLLOW);
	unlinkat(call->place->on, name, 0);
}

static bool is_dead(pid_t pid)
{
	siginfo_t info = {0};

	return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid;
}

static int bind_namespace(struct launch *launch, const struct step *step, struct error *error)
{
	const struct save_call *call = step->argument;
	const char *name = namespaces[call->kind].name;
	pid_t pid = launch->page->pid[INSIDE];
	char source[PATH_SIZE], path[PATH_SIZE];
	int file = openat(call->place->on, name,
		O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0400);

	if (file < 0)
		return error_call(error);
	snprintf(source, sizeof source, "/proc/%d/ns/%s", pid, name);
	if (mount(source, path_of(file, NULL, path), NULL, MS_BIND, NULL) == 0 && close(file) == 0)
		return 0;
	error_call(error);
	close(file);
	unbind(call);
	/* That inside is dead is told by the walk, and better. */
	return is_dead(pid) ? 0 : -1;
}

static void unbind_namespace(struct launch *launch, const struct step *step)
{
	(void)launch;
	unbind(step->argument);
}

static int unlock(struct launch *launch, const struct step *step, struct error *error)
{
	const struct save_call *call = step->argument;

	(void)launch;
	return flock(call->place->directory, LOCK_UN) < 0 ? error_call(error) : 0;
}

/* What --release has let go meanwhile is gone already. */
static int let_pid_go(struct launch *launch, const struct step *step, struct error *error)
{
	const struct save_call *call = step->argument;
	const char *name = namespaces[KIND_PID].name;
	char path[PATH_SIZE];

	(void)launch;
	if (umount2(path_of(call->place->on, name, path), MNT_DETACH | UMOUNT_NOFOLLOW) < 0)
		return errno == EINVAL || errno == ENOENT ? 0 : error_call(error);
	if (unlinkat(call->place->on, name, 0) < 0 && errno != ENOENT)
		return error_call(error);
	text_say(call->note);
	return 0;
}

/* The directory, or a file in it, for people: as it was given, a long one shortened. */
static void show_path(const struct save_call *call, const char *file, FILE *out)
{
	const char *path = call->place->path;
	char *whole = NULL;

	if (asprintf(&whole, "%s%s%s", path, file && path[strlen(path) - 1] != '/' ? "/" : "",
		    file ? file : "") >= 0)
		fputs(text_quote((char[120]){0}, 120, whole), out);
	free(whole);
}

static void show_directory(const struct step *step, enum text_form form, FILE *out)
{
	const struct save_call *call = step->argument;
	const struct save_place *place = call->place;

	if (form == TEXT_CODE) {
		fputs("directory = lock_directory(", out);
		step_string(out, form, place->parent);
		fputs(", ", out);
		step_string(out, form, place->name);
		fprintf(out, ", %#o)", SAVE_MODE);
		return;
	}
	if (form == TEXT_CALL) {
		fputs("mkdir(", out);
		show_path(call, NULL, out);
		fprintf(out, ", %#o), flock(open(", SAVE_MODE);
		show_path(call, NULL, out);
		fputs("), LOCK_EX)", out);
		return;
	}
	fputs("openat(AT_FDCWD, ", out);
	text_c_string(out, place->parent);
	fputs(", O_RDONLY|O_PATH|O_DIRECTORY|O_CLOEXEC)\nmkdirat(_, ", out);
	text_c_string(out, place->name);
	fprintf(out, ", %#o)\nopenat(_, ", SAVE_MODE);
	text_c_string(out, place->name);
	fputs(", O_RDONLY|O_DIRECTORY|O_NOFOLLOW|O_CLOEXEC)\nflock(_, LOCK_EX|LOCK_NB)\n"
	      "statx(_, \"\", AT_STATX_SYNC_AS_STAT|AT_EMPTY_PATH, STATX_BASIC_STATS, _)\nstatx(_, ",
		out);
	text_c_string(out, place->name);
	fputs(", AT_STATX_SYNC_AS_STAT|AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, _)\n"
	      "getdents64(_, _, 2048)\ngetdents64(_, _, 2048)",
		out);
}

static void show_private(const struct step *step, enum text_form form, FILE *out)
{
	const struct save_call *call = step->argument;

	if (form == TEXT_CODE) {
		fputs("tree = mount_on_itself(directory)", out);
		return;
	}
	if (form == TEXT_CALLS) {
		fputs("open_tree(_, \"\", OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC|AT_EMPTY_PATH)\n"
		      "move_mount(_, \"\", _, \"\", MOVE_MOUNT_F_EMPTY_PATH|MOVE_MOUNT_T_EMPTY_PATH)\n"
		      "mount(NULL, \"/proc/self/fd/_\", NULL, MS_PRIVATE, NULL)",
			out);
		return;
	}
	fputs("mount(", out);
	show_path(call, NULL, out);
	fputs(", ", out);
	show_path(call, NULL, out);
	fputs(", NULL, MS_BIND, NULL), mount(NULL, ", out);
	show_path(call, NULL, out);
	fputs(", NULL, MS_PRIVATE, NULL)", out);
}

static void show_bind(const struct step *step, enum text_form form, FILE *out)
{
	const struct save_call *call = step->argument;
	const char *name = namespaces[call->kind].name;

	if (form == TEXT_CALLS) {
		fprintf(out,
			"openat(_, \"%s\", O_WRONLY|O_CREAT|O_EXCL|O_NOFOLLOW|O_CLOEXEC, 0400)\n"
			"mount(\"/proc/_/ns/%s\", \"/proc/self/fd/_\", NULL, MS_BIND, NULL)\n"
			"close(_)",
			name, name);
		return;
	}
	if (form == TEXT_CODE) {
		fprintf(out, "keep_namespace(tree, \"%s\", pid->inside)", name);
		return;
	}
	fprintf(out, "mount(\"/proc/PID/ns/%s\", ", name);
	show_path(call, name, out);
	fputs(", NULL, MS_BIND, NULL)", out);
}

static void show_unlock(const struct step *step, enum text_form form, FILE *out)
{
	(void)step;
	fprintf(out, "flock(%s, LOCK_UN)", form == TEXT_CALLS ? "_" : "directory");
}

static void show_pid_ended(const struct step *step, enum text_form form, FILE *out)
{
	const char *name = namespaces[KIND_PID].name;

	if (form == TEXT_CALLS) {
		fprintf(out,
			"umount2(\"/proc/self/fd/_/%s\", MNT_DETACH|UMOUNT_NOFOLLOW)\n"
			"unlinkat(_, \"%s\", 0)",
			name, name);
		return;
	}
	if (form == TEXT_CODE) {
		fprintf(out, "release_namespace(tree, \"%s\")", name);
		return;
	}
	fputs("umount2(", out);
	show_path(step->argument, name, out);
	fputs(", MNT_DETACH), unlink(", out);
	show_path(step->argument, name, out);
	putc(')', out);
}

static void hint_directory(const struct step *step, const struct error *error,
	const struct facts *facts, FILE *out)
{
	const struct save_place *place = ((const struct save_call *)step->argument)->place;
	char path[72], other[72];

	(void)facts;
	text_quote(path, sizeof path, place->path);
	text_quote(other, sizeof other, error->number == ENOTEMPTY ? error->object : place->parent);
	if (error->number == ENOENT)
		fprintf(out, "there is no %s, in which it would be made", other);
	else if (error->number == ENOTDIR)
		fprintf(out,
			"%s or a part of the path to it is no directory, and a symbolic link in its "
			"place is not followed",
			path);
	else if (error->number == ENOTEMPTY && save_kind_of(error->object) >= 0)
		fprintf(out,
			"%s has %s in it, as from an earlier --save; --release %s lets that go",
			path, other, path);
	else if (error->number == ENOTEMPTY)
		fprintf(out, "%s has %s in it; --save wants a directory that is empty, or makes it",
			path, other);
}

static void hint_private(const struct step *step, const struct error *error,
	const struct facts *facts, FILE *out)
{
	(void)step;
	if (!(facts->known & FACT_REFUSALS) ||
		procfs_hint_open(error, facts, "the namespaces are found", out))
		return;
	if (error->number == ESRCH)
		fputs("/proc belongs to another PID namespace than nsrun's, and shows its child under "
		      "another number or not at all",
			out);
	else if (error->number != EPERM && error->number != 0)
		return;
	else if (!facts_has_capability(facts, CAP_SYS_ADMIN))
		fprintf(out,
			"--save makes mounts, for which CAP_SYS_ADMIN is needed, and uid %u lacks it; a "
			"user namespace with mounts of its own gives it: nsrun --user --mount",
			(unsigned)facts->uid);
	else if ((facts->known & FACT_OWNER) && facts->owns_mounts == NO)
		fputs("--save makes mounts, and the mount namespace belongs to another user namespace "
		      "than the caller's; --mount together with --user makes one that does not",
			out);
}

static void hint_bind(const struct step *step, const struct error *error, const struct facts *facts,
	FILE *out)
{
	const struct save_call *call = step->argument;

	/* kernel-traps 82 */
	if (error->number == EINVAL && call->kind == KIND_MNT && (facts->known & FACT_MACHINE) &&
		!strncmp(facts->release, "6.18.", strlen("6.18.")))
		fputs("Linux 6.18 keeps a mount namespace only where it takes the caller's for older, "
		      "which, if that is not the initial one, depends on the processors on which the "
		      "two were made; taskset(1) keeps both on one",
			out);
}

const struct step_kind save_directory = {
	.name = "save.directory",
	.about = "The directory is there, empty, and for nobody else meanwhile.",
	.manual = "flock(2)",
	.optional = true,
	.run = take_directory,
	.undo = leave_directory,
	.text = show_directory,
	.hint = hint_directory,
};

const struct step_kind save_private = {
	.name = "save.private",
	.flags = STEP_PRIVILEGED,
	.about = "What is mounted in the directory arrives in no other mount namespace.",
	.manual = "mount_namespaces(7)",
	.facts = FACT_OWNER,
	.run = mount_private,
	.undo = unmount_private,
	.text = show_private,
	.hint = hint_private,
};

const struct step_kind save_bind = {
	.name = "save.bind",
	.flags = STEP_PRIVILEGED,
	.about = "The namespace lives on in this file when no process is left in it.",
	.manual = "namespaces(7)",
	.run = bind_namespace,
	.undo = unbind_namespace,
	.text = show_bind,
	.hint = hint_bind,
};

const struct step_kind save_unlock = {
	.name = "save.unlock",
	.flags = STEP_ENDS,
	.about = "All is kept, and who waits for the directory may have it.",
	.manual = "flock(2)",
	.run = unlock,
	.text = show_unlock,
};

const struct step_kind save_pid_ended = {
	.name = "save.pid_ended",
	.flags = STEP_ENDS,
	.about = "The PID namespace has ended with its first process; its file goes.",
	.manual = "pid_namespaces(7)",
	.run = let_pid_go,
	.text = show_pid_ended,
};
