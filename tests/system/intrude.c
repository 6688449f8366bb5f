/*
 * A process that tries to reach one that joins its namespaces.
 *
 *	intrude NAME
 *
 * Waits until a process called NAME is to be seen in /proc, opens its memory and attaches to it
 * (PTRACE_SEIZE), and prints for each "yes" or the errno: "mem EACCES, ptrace EPERM".  After ten seconds:
 * "nobody".
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <time.h>
#include <unistd.h>

static bool is_called(const char *pid, const char *name)
{
	char path[300], text[64] = "";
	ssize_t length;
	int fd;

	snprintf(path, sizeof path, "/proc/%s/comm", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	length = read(fd, text, sizeof text - 1);
	close(fd);
	return length > 0 && (size_t)length == strlen(name) + 1 &&
	       !strncmp(text, name, strlen(name));
}

static int find(const char *name)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	int found = 0;

	while (proc && !found && (entry = readdir(proc)))
		if (atoi(entry->d_name) && is_called(entry->d_name, name))
			found = atoi(entry->d_name);
	if (proc)
		closedir(proc);
	return found;
}

int main(int argc, char **argv)
{
	time_t end = time(NULL) + 10;
	char path[64];
	int pid = 0, memory;
	const char *read_it = "yes", *attached = "yes";

	while (argc == 2 && !pid && time(NULL) < end)
		pid = find(argv[1]);
	if (!pid) {
		puts("nobody");
		return 1;
	}
	snprintf(path, sizeof path, "/proc/%d/mem", pid);
	memory = open(path, O_RDWR | O_CLOEXEC);
	if (memory < 0)
		read_it = strerrorname_np(errno);
	if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) < 0)
		attached = strerrorname_np(errno);
	printf("mem %s, ptrace %s\n", read_it, attached);
	return 0;
}
