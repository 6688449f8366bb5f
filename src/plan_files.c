#include "plan_files.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

#include "files.h"
#include "text.h"

/* A place as the launch takes it: from / on, without empty parts; `..` is left, for links may stand before it. */
static const char *place_of(struct builder *b, const char *target)
{
	const char *from = target[0] == '/' ? "" : b->facts->working_directory;
	char *place = arena_print(&b->arena, "%s/%s", from, target), *to = place;

	if (!place) {
		b->failed = true;
		return "/";
	}
	for (const char *part = place; *part;) {
		size_t length = strcspn(part, "/");

		if (length && !(length == 1 && *part == '.')) {
			*to++ = '/';
			memmove(to, part, length);
			to += length;
		}
		part += length + (part[length] == '/');
	}
	if (to == place)
		*to++ = '/';
	*to = '\0';
	return place;
}

/* A path of the caller's as it counts after the working directory has been left. */
static const char *source_of(struct builder *b, const char *source)
{
	const char *path = source[0] == '/' ? source
					    : arena_print(&b->arena, "%s/%s",
						      b->facts->working_directory, source);

	b->failed |= !path;
	return path;
}

static bool mounts(const struct operation *operation)
{
	return operation->kind <= OPERATION_HOST_USR;
}

/* Whether `place` is `above` or lies below it. */
static bool is_below(const char *place, const char *above)
{
	size_t length = strcmp(above, "/") ? strlen(above) : 0;

	return !strncmp(place, above, length) && (place[length] == '/' || !place[length]);
}

struct mounted {
	const char *place;
	int number; /* of the operation */
};

/* What lies below a place follows it: / sorts before all other bytes. */
static int compare(const void *one, const void *two)
{
	const struct mounted *a = one, *c = two;
	const unsigned char *p = (const unsigned char *)a->place;
	const unsigned char *q = (const unsigned char *)c->place;

	for (; *p && *p == *q; p++, q++)
		;
	if (*p != *q)
		return (*p == '/' ? 1 : *p) - (*q == '/' ? 1 : *q);
	return a->number - c->number;
}

static int say_hidden(struct builder *b, int hidden, int later)
{
	const struct operation *one = &b->spec->operations[hidden];
	const struct operation *two = &b->spec->operations[later];

	return error_say(b->error, "--%s %s would be hidden by --%s %s behind it", one->option,
		text_quote((char[72]){0}, 72, one->target), two->option,
		text_quote((char[72]){0}, 72, two->target));
}

/* Whether the two binds are files on one place, of which the second simply counts, cannot be told from the words:
 * equal places are let pass where both are binds. */
static bool hides(const struct spec *spec, const struct mounted *above, const struct mounted *below)
{
	const struct operation *later = &spec->operations[above->number];

	if (above->number < below->number || later->tries || spec->operations[below->number].tries)
		return false;
	return strcmp(above->place, below->place) != 0 || later->kind > OPERATION_DEV_BIND ||
	       spec->operations[below->number].kind > OPERATION_DEV_BIND;
}

/* In the sorted list whatever a place may be hidden by stands before it, but for its equals. */
static int check_hidden(struct builder *b)
{
	const struct spec *spec = b->spec;
	struct mounted *list = builder_take(b, (size_t)(spec->operation_count + 1) * sizeof *list);
	int *above = builder_take(b, (size_t)(spec->operation_count + 1) * sizeof *above);
	int count = 0, depth = 0;

	for (int i = 0; list && above && i < spec->operation_count; i++)
		if (mounts(&spec->operations[i]))
			list[count++] =
				(struct mounted){place_of(b, spec->operations[i].target), i};
	if (count)
		qsort(list, (size_t)count, sizeof *list, compare);
	for (int i = 0; i < count; i++) {
		while (depth && !is_below(list[i].place, list[above[depth - 1]].place))
			depth--;
		for (int j = 0; j < depth; j++) {
			const struct mounted *other = &list[above[j]];

			if (hides(spec, other, &list[i]))
				return say_hidden(b, list[i].number, other->number);
			if (!strcmp(other->place, list[i].place) && hides(spec, &list[i], other))
				return say_hidden(b, other->number, list[i].number);
		}
		above[depth++] = i;
	}
	return 0;
}

int plan_files_check(struct builder *b)
{
	if (b->spec->propagation == PROPAGATION_UNCHANGED)
		return error_say(b->error,
			"--propagation \"unchanged\" contradicts --%s: what is mounted for the new "
			"root would reach the host",
			spec_has_root(b->spec));
	return check_hidden(b);
}

static struct files_call *add(struct builder *b, const struct step_kind *kind,
	struct new_root *root, const char *option)
{
	struct files_call *call = builder_take(b, sizeof *call);

	if (!call)
		return NULL;
	call->root = root;
	builder_add_inside(b, kind, call, arena_print(&b->arena, "--%s", option));
	return call;
}

static void add_root(struct builder *b, struct new_root *root)
{
	const struct spec *spec = b->spec;
	struct files_call *call =
		add(b, spec->empty_root ? &root_empty : &root_tree, root, spec_has_root(spec));

	if (!call || spec->empty_root)
		return;
	call->source = spec->root ? source_of(b, spec->root) : "/";
	call->own = spec->root;
	call->read_only = spec->read_only;
}

/* Of a group that no map has the kernel takes no mount option. */
static bool has_terminal_group(const struct builder *b)
{
	const struct id_map *map = &b->plan->groups;

	if (!builder_makes(b, KIND_USER))
		return b->facts->terminal_group;
	for (int i = 0; i < map->count; i++)
		if (TERMINAL_GROUP - map->ranges[i].inside < map->ranges[i].count)
			return true;
	return false;
}

static void add_filesystem(struct builder *b, struct files_call *call,
	const struct operation *operation)
{
	static const char *const types[] = {[OPERATION_TMPFS] = "tmpfs",
		[OPERATION_PROC] = "proc",
		[OPERATION_SYSFS] = "sysfs",
		[OPERATION_MQUEUE] = "mqueue",
		[OPERATION_DEVPTS] = "devpts"};
	const char **parameters = builder_take(b, 5 * sizeof *parameters);
	int count = 0, mode = operation->permissions;

	call->type = types[operation->kind];
	call->attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
			   (operation->kind == OPERATION_TMPFS ? 0 : MOUNT_ATTR_NOEXEC);
	call->parameters = parameters;
	call->in_user_namespace = builder_makes(b, KIND_USER);
	call->in_pid_namespace = builder_makes(b, KIND_PID);
	if (!parameters)
		return;
	if (operation->kind == OPERATION_DEVPTS) {
		call->attributes &= ~(unsigned)MOUNT_ATTR_NODEV;
		parameters[count++] = "ptmxmode";
		parameters[count++] = "0666";
		if (has_terminal_group(b)) {
			parameters[count++] = "gid";
			parameters[count++] = "5";
		}
	}
	if (operation->kind != OPERATION_TMPFS)
		return;
	parameters[count++] = "mode";
	parameters[count++] =
		arena_print(&b->arena, "%04o", mode == PERMISSIONS_NOT_GIVEN ? 0755 : mode);
	if (operation->size) {
		parameters[count++] = "size";
		parameters[count++] =
			arena_print(&b->arena, "%llu", (unsigned long long)operation->size);
	}
	b->failed |= !parameters[1] || (operation->size && !parameters[3]);
}

static unsigned bind_attributes(int kind)
{
	return MOUNT_ATTR_NOSUID | (kind == OPERATION_DEV_BIND ? 0 : MOUNT_ATTR_NODEV) |
	       (kind == OPERATION_RO_BIND ? MOUNT_ATTR_RDONLY : 0);
}

static void add_operation(struct builder *b, struct new_root *root,
	const struct operation *operation)
{
	static const struct step_kind *const kinds[] = {
		[OPERATION_BIND] = &files_bind,
		[OPERATION_RO_BIND] = &files_bind,
		[OPERATION_DEV_BIND] = &files_bind,
		[OPERATION_TMPFS] = &files_mount,
		[OPERATION_PROC] = &files_mount,
		[OPERATION_SYSFS] = &files_mount,
		[OPERATION_MQUEUE] = &files_mount,
		[OPERATION_DEVPTS] = &files_mount,
		[OPERATION_DIR] = &files_directory,
		[OPERATION_SYMLINK] = &files_symlink,
		[OPERATION_CHMOD] = &files_chmod,
		[OPERATION_REMOUNT_RO] = &files_remount_ro,
	};
	int mode = operation->permissions;
	struct files_call *call = add(b, kinds[operation->kind], root, operation->option);

	if (!call)
		return;
	call->source = kinds[operation->kind] == &files_bind ? source_of(b, operation->source)
							     : operation->source;
	call->place = place_of(b, operation->target);
	call->tries = operation->tries;
	call->mode = (unsigned)(mode == PERMISSIONS_NOT_GIVEN ? 0755 : mode);
	call->attributes = bind_attributes(operation->kind);
	if (kinds[operation->kind] == &files_mount)
		add_filesystem(b, call, operation);
}

/* A part of what one option stands for. */
static void add_part(struct builder *b, struct new_root *root, const struct operation *whole,
	int kind, const char *source, const char *name)
{
	const struct operation part = {
		.option = whole->option,
		.kind = kind,
		.source = source,
		.target = whole->kind == OPERATION_DEV
				  ? arena_print(&b->arena, "%s/%s", whole->target, name)
				  : name,
		.permissions = PERMISSIONS_NOT_GIVEN,
	};

	if (part.target)
		add_operation(b, root, &part);
	else
		b->failed = true;
}

/* The nodes are the host's, as nobody may make any in a user namespace (kernel-traps 29). */
static void add_dev(struct builder *b, struct new_root *root, const struct operation *dev)
{
	static const char *const nodes[] = {"null", "zero", "full", "random", "urandom", "tty"};
	static const struct {
		const char *name, *leads_to;
	} links[] = {
		{"fd", "/proc/self/fd"},
		{"stdin", "/proc/self/fd/0"},
		{"stdout", "/proc/self/fd/1"},
		{"stderr", "/proc/self/fd/2"},
		{"core", "/proc/kcore"},
		{"ptmx", "pts/ptmx"},
	};
	struct operation shm = *dev;

	add_part(b, root, dev, OPERATION_TMPFS, NULL, "");
	for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++)
		add_part(b, root, dev, OPERATION_DEV_BIND,
			arena_print(&b->arena, "/dev/%s", nodes[i]), nodes[i]);
	for (size_t i = 0; i < sizeof links / sizeof *links; i++)
		add_part(b, root, dev, OPERATION_SYMLINK, links[i].leads_to, links[i].name);
	add_part(b, root, dev, OPERATION_DEVPTS, NULL, "pts");
	shm.kind = OPERATION_DIR;
	shm.permissions = 01777;
	shm.target = arena_print(&b->arena, "%s/shm", dev->target);
	if (shm.target)
		add_operation(b, root, &shm);
}

static void add_host_usr(struct builder *b, struct new_root *root, const struct operation *usr)
{
	add_part(b, root, usr, OPERATION_RO_BIND, "/usr", "/usr");
	for (int i = 0; i < USR_COUNT; i++) {
		const char *link = b->facts->usr[i];

		if (link)
			add_part(b, root, usr, *link ? OPERATION_SYMLINK : OPERATION_RO_BIND,
				*link ? link : facts_usr[i], facts_usr[i]);
	}
}

static void add_operation_or_parts(struct builder *b, struct new_root *root,
	const struct operation *operation)
{
	if (operation->kind == OPERATION_DEV)
		add_dev(b, root, operation);
	else if (operation->kind == OPERATION_HOST_USR)
		add_host_usr(b, root, operation);
	else
		add_operation(b, root, operation);
}

/* Behind which operation the implied /proc goes: the last whose place is its path or above it.  -2 if one of
 * them takes its place. */
static int find_proc(struct builder *b)
{
	int behind = -1;

	if (!b->new_proc)
		return -2;
	for (int i = 0; i < b->spec->operation_count; i++) {
		const struct operation *operation = &b->spec->operations[i];
		const char *place = place_of(b, operation->target);

		if (mounts(operation) && !strcmp(place, "/proc"))
			return -2;
		if (operation->kind < OPERATION_CHMOD && is_below("/proc", place))
			behind = i;
	}
	return behind;
}

static void add_proc(struct builder *b, struct new_root *root)
{
	const struct operation proc = {.option = b->spec->proc ? "mount-proc"
							       : builder_asker(b, KIND_PID),
		.kind = OPERATION_PROC,
		.target = "/proc",
		.permissions = PERMISSIONS_NOT_GIVEN};

	add_operation(b, root, &proc);
	b->plan->steps[b->plan->count - 1].why =
		builder_why(b, b->spec->proc ? "mount-proc" : NULL, KIND_PID);
}

void plan_files_add(struct builder *b)
{
	const struct spec *spec = b->spec;
	struct new_root *root = builder_take(b, sizeof *root);
	int proc = find_proc(b);

	if (!root)
		return;
	/* The root, an implied /proc, and the two of --dev at most for each. */
	root->size = 2 * spec->operation_count + 2;
	root->own = builder_take(b, (size_t)root->size * sizeof *root->own);
	add_root(b, root);
	if (proc == -1)
		add_proc(b, root);
	for (int i = 0; i < spec->operation_count; i++) {
		add_operation_or_parts(b, root, &spec->operations[i]);
		if (i == proc)
			add_proc(b, root);
	}
	if (spec->read_only)
		add(b, &root_read_only, root, "read-only");
	b->plan->enter_root = b->plan->count;
	add(b, &root_enter, root, spec_has_root(spec));
}
