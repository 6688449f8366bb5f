/* What a command's name leads to: asked before --explain and after a refusal, never in a launch. */
#include "command.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "facts.h"

/* The interpreter of a script, as the kernel reads its first line (execve(2)). */
static void read_script(char *head, struct command_facts *facts)
{
	char *word = head + 2 + strspn(head + 2, " \t");

	word[strcspn(word, " \t\n")] = '\0';
	snprintf(facts->interpreter, sizeof facts->interpreter, "%s", word);
}

/* The loader of a dynamic ELF file, elf(5).  Files of the other class are foreign or not; their
 * loader is not looked for. */
static void read_elf(int fd, const char *head, size_t length, struct command_facts *facts)
{
	Elf64_Ehdr header;
	Elf64_Phdr segment;
	ssize_t n;

	if (length < sizeof header || head[EI_CLASS] != ELFCLASS64)
		return;
	memcpy(&header, head, sizeof header);
	for (int i = 0; i < header.e_phnum && i < 64; i++) {
		off_t at = (off_t)header.e_phoff + i * (off_t)sizeof segment;

		if (pread(fd, &segment, sizeof segment, at) != sizeof segment)
			return;
		if (segment.p_type != PT_INTERP)
			continue;
		n = pread(fd, facts->interpreter, sizeof facts->interpreter - 1,
			(off_t)segment.p_offset);
		facts->interpreter[n > 0 ? n : 0] = '\0';
		return;
	}
}

static void read_file(struct command_facts *facts)
{
	char head[257];
	int fd = open(facts->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t n = fd < 0 ? -1 : read(fd, head, sizeof head - 1);

	if (n > 0) {
		head[n] = '\0';
		if (!strncmp(head, "#!", 2))
			read_script(head, facts);
		else if (n >= SELFMAG && !memcmp(head, ELFMAG, SELFMAG))
			read_elf(fd, head, (size_t)n, facts);
		facts->elf = n >= SELFMAG && !memcmp(head, ELFMAG, SELFMAG);
	}
	if (fd >= 0)
		close(fd);
	if (n >= 0 && !facts->elf && !facts->interpreter[0])
		snprintf(facts->interpreter, sizeof facts->interpreter, "/bin/sh");
	facts->interpreter_missing =
		facts->interpreter[0] && access(facts->interpreter, F_OK) < 0 && errno == ENOENT;
}

void command_look_up(char *const *candidates, struct command_facts *facts)
{
	struct statvfs mount;
	struct stat file;

	*facts = (struct command_facts){0};
	for (char *const *path = candidates; path && *path; path++) {
		bool runs = stat(*path, &file) == 0 && S_ISREG(file.st_mode) &&
			    faccessat(AT_FDCWD, *path, X_OK, AT_EACCESS) == 0;

		if (!runs && (facts->path[0] || stat(*path, &file) < 0))
			continue;
		snprintf(facts->path, sizeof facts->path, "%s", *path);
		facts->directory = S_ISDIR(file.st_mode);
		facts->noexec = statvfs(*path, &mount) == 0 && (mount.f_flag & ST_NOEXEC);
		facts->not_executable = !runs && !facts->noexec;
		if (runs)
			break;
	}
	/* Opening a device or a FIFO may do something. */
	if (facts->path[0] && stat(facts->path, &file) == 0 && S_ISREG(file.st_mode))
		read_file(facts);
}
