#include "usage.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "subject.h"
#include "survey.h"
#include "sys.h"
#include "text.h"
#include "visit.h"

/* The numbers of the namespaces that the machine began with lie below those that are given out later (the
 * kernel's PROC_*_INIT_INO); of mnt and net only since 6.17. */
#define FIRST_GIVEN_OUT UINT64_C(0xF0000000)

static struct usage_level *find_level(struct usage *usage, uint64_t id)
{
	for (int i = 0; i < usage->count; i++)
		if (usage->levels[i].id == id)
			return &usage->levels[i];
	return NULL;
}

/* The namespaces of the kernel's own threads are those that the machine began with; 0: not known. */
static void read_first(uint64_t first[KIND_COUNT])
{
	char status[512] = "";
	bool seen = text_read_file("/proc/2/status", status, sizeof status) > 0 &&
		    strstr(status, "Name:\tkthreadd\n");

	for (int i = 0; i < KIND_COUNT; i++) {
		char path[32];
		struct stat link;

		snprintf(path, sizeof path, "/proc/2/ns/%s", namespaces[i].name);
		first[i] = seen && stat(path, &link) == 0 ? link.st_ino : 0;
	}
}

/* A namespace of `kind`, which `user` owns or is, counts in the parent of `user` against its maker, and so
 * outwards. */
static void count_outwards(struct usage *usage, const struct survey *survey, enum kind kind,
	const struct survey_namespace *user)
{
	const struct survey_namespace *parent;

	for (; user && (parent = survey_find(survey, user->parent)); user = parent) {
		struct usage_level *level = find_level(usage, parent->id);

		if (level && level->uid >= 0 && user->owner_uid == level->uid)
			level->used[kind]++;
	}
}

static void count(struct usage *usage, const struct survey *survey)
{
	uint64_t first[KIND_COUNT];

	read_first(first);
	for (int i = 0; i < survey->count; i++) {
		const struct survey_namespace *namespace = &survey->namespaces[i];
		enum kind kind = namespace->kind;
		struct usage_level *level = find_level(usage, namespace->owner);

		if (kind == KIND_USER) {
			count_outwards(usage, survey, kind, namespace);
			continue;
		}
		if (level && namespace->id >= FIRST_GIVEN_OUT && namespace->id != first[kind])
			level->maybe[kind]++;
		count_outwards(usage, survey, kind, survey_find(survey, namespace->owner));
	}
	usage->unread = survey->refused;
}

static int count_all(struct usage *usage, struct error *error)
{
	struct survey survey = {0};
	int result = survey_read(&survey, "limits", error);

	if (result == 0)
		count(usage, &survey);
	survey_free(&survey);
	return result;
}

/* The limits can be read only by who is in there. */
static void read_limits(struct usage_level *level, int fd, uint64_t own)
{
	struct visit seen;

	if (level->id == own)
		visit_here(&seen);
	else
		visit_make(fd, CLONE_NEWUSER, &seen);
	level->number = seen.number;
	memcpy(level->limit, seen.limit, sizeof level->limit);
}

/* `user` is closed. */
static void read_levels(struct usage *usage, int user, int64_t uid)
{
	int own = open("/proc/self/ns/user", O_RDONLY | O_CLOEXEC);
	uint64_t last = 0;

	while (user >= 0 && usage->count < USAGE_LEVELS) {
		struct usage_level *level = &usage->levels[usage->count++];
		int parent = ioctl(user, NS_GET_PARENT);
		uid_t maker;

		last = namespaces_id(user);
		*level = (struct usage_level){.id = last, .uid = uid};
		read_limits(level, user, namespaces_id(own));
		uid = ioctl(user, NS_GET_OWNER_UID, &maker) == 0 ? (int64_t)maker : -1;
		close(user);
		user = parent;
	}
	if (user >= 0)
		close(user);
	if (own >= 0)
		close(own);
	usage->hidden = last != SUBJECT_INITIAL_USER;
}

int usage_read(int pid, struct usage *usage, struct error *error)
{
	int directory = subject_open(pid, "limits", error), user, number;
	int64_t uid;

	*usage = (struct usage){.kinds = namespaces_here()};
	if (directory < 0)
		return -1;
	uid = pid ? subject_uid(directory) : (int64_t)geteuid();
	user = openat(directory, "ns/user", O_RDONLY | O_CLOEXEC);
	number = errno;
	close(directory);
	if (!(usage->kinds & KIND_BIT(KIND_USER)))
		return error_say(error, "--limits: this kernel has no user namespaces");
	if (user < 0)
		return error_say(error, "--limits: %d: its user namespace is not readable: %s (%s)",
			pid ? pid : getpid(), strerror(number), sys_errno_name(number));
	read_levels(usage, user, uid);
	return count_all(usage, error);
}

int usage_first(const struct usage *usage, int kind)
{
	long long least = USAGE_UNLIMITED;
	int first = -1;

	for (int i = 0; i < usage->count; i++) {
		const struct usage_level *level = &usage->levels[i];

		if (level->number || level->limit[kind] < 0 ||
			level->limit[kind] >= USAGE_UNLIMITED ||
			level->limit[kind] - level->used[kind] >= least)
			continue;
		least = level->limit[kind] - level->used[kind];
		first = i;
	}
	return first;
}
