#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* The length of the UTF-8 sequence at `s`, or 0 if it is none (RFC 3629: no overlong forms, no
 * surrogates, nothing above U+10FFFF). */
static size_t utf8_length(const unsigned char *s)
{
	size_t length = s[0] < 0x80 ? 1 : s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;

	if (s[0] > 0xf4)
		return 0;
	for (size_t i = 1; i < length; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
		(s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return length;
}

/* One character of `s` as C shows it, into `out`; returns the number of bytes it took.  C1
 * controls (U+0080 to U+009F) drive terminals too. */
static size_t escape(const unsigned char *s, char out[8])
{
	static const char from[] = "\n\t\r\"\\", to[] = "ntr\"\\";
	size_t length = utf8_length(s);
	const char *known = strchr(from, s[0]);

	if (known && s[0])
		snprintf(out, 8, "\\%c", to[known - from]);
	else if (length == 0 || s[0] < 0x20 || s[0] == 0x7f)
		snprintf(out, 8, "\\%03o", s[0]);
	else if (length == 2 && s[0] == 0xc2 && s[1] < 0xa0)
		snprintf(out, 8, "\\u%04x", s[1]);
	else
		snprintf(out, 8, "%.*s", (int)length, (const char *)s);
	return length ? length : 1;
}

void text_c_string(FILE *out, const char *value)
{
	char piece[8];

	putc('"', out);
	for (const unsigned char *s = (const unsigned char *)value; *s;) {
		s += escape(s, piece);
		fputs(piece, out);
	}
	putc('"', out);
}

void text_code_string(FILE *out, const char *value)
{
	putc('"', out);
	for (const unsigned char *s = (const unsigned char *)value; *s; s++) {
		if (*s == '\n')
			fputs("\\n", out);
		else if (*s < 0x20 || *s > 0x7e)
			fprintf(out, "\\%03o", *s);
		else
			fprintf(out, "%s%c", strchr("\"\\?", *s) ? "\\" : "", *s);
	}
	putc('"', out);
}

void text_plain(FILE *out, const char *value, bool ascii)
{
	char piece[8];

	for (const unsigned char *s = (const unsigned char *)value; *s;) {
		if (*s == '"')
			snprintf(piece, sizeof piece, "%c", *s++);
		else if (ascii && *s >= 0x80)
			snprintf(piece, sizeof piece, "\\%03o", *s++);
		else
			s += escape(s, piece);
		fputs(piece, out);
	}
}

/* The columns of a character that is valid UTF-8: the wide ones of East Asia and the pictures take two,
 * what combines with the one before takes none.  wcwidth(3) wants a locale, which a static program has
 * not. */
static size_t columns_of(const unsigned char *s, size_t length)
{
	static const unsigned char masks[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
	static const struct {
		unsigned first, last, columns;
	} ranges[] = {
		{0x300, 0x36f, 0},
		{0x1100, 0x115f, 2},
		{0x200b, 0x200f, 0},
		{0x2e80, 0xa4cf, 2},
		{0xac00, 0xd7a3, 2},
		{0xf900, 0xfaff, 2},
		{0xfe00, 0xfe0f, 0},
		{0xfe30, 0xfe6f, 2},
		{0xff00, 0xff60, 2},
		{0x1f300, 0x1faff, 2},
		{0x20000, 0x3fffd, 2},
	};
	unsigned point = s[0] & masks[length];

	for (size_t i = 1; i < length; i++)
		point = point << 6 | (s[i] & 0x3f);
	for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
		if (point >= ranges[i].first && point <= ranges[i].last)
			return ranges[i].columns;
	return 1;
}

size_t text_prefix(const char *line, size_t columns)
{
	const unsigned char *s = (const unsigned char *)line;
	size_t used = 0;

	while (*s) {
		size_t length = utf8_length(s);

		used += length ? columns_of(s, length) : 1;
		if (used > columns)
			break;
		s += length ? length : 1;
	}
	return (size_t)(s - (const unsigned char *)line);
}

char *text_quote(char *out, size_t size, const char *value)
{
	static const char gap[] = "...";
	char *whole = NULL;
	size_t length = 0, half = (size - sizeof gap) / 2;
	FILE *stream = open_memstream(&whole, &length);

	if (!stream) {
		snprintf(out, size, "\"?\"");
		return out;
	}
	text_c_string(stream, value);
	fclose(stream);
	if (length < size) {
		snprintf(out, size, "%s", whole);
	} else {
		const char *tail = whole + length - half;

		while (((unsigned char)*tail & 0xc0) == 0x80)
			tail++;
		while (((unsigned char)whole[half] & 0xc0) == 0x80)
			half--;
		snprintf(out, size, "%.*s%s%s", (int)half, whole, gap, tail);
	}
	free(whole);
	return out;
}

void text_json_string(FILE *out, const char *value)
{
	putc('"', out);
	for (const unsigned char *s = (const unsigned char *)value; *s;) {
		size_t length = utf8_length(s);

		if (*s == '"' || *s == '\\')
			fprintf(out, "\\%c", *s);
		else if (length == 0)
			fprintf(out, "\\\\x%02x", *s);
		else if (*s < 0x20 || *s == 0x7f)
			fprintf(out, "\\u%04x", *s);
		else
			fwrite(s, 1, length, out);
		s += length ? length : 1;
	}
	putc('"', out);
}

/* Where the word at `s` ends: behind a |, or before a blank that is in no quoted string. */
static size_t word_length(const char *s)
{
	bool quoted = false;
	size_t i;

	for (i = 0; s[i] && (quoted || s[i] != ' '); i++) {
		if (s[i] == '\\' && s[i + 1])
			i++;
		else if (s[i] == '"')
			quoted = !quoted;
		else if (s[i] == '|' && !quoted)
			return i + 1;
	}
	return i;
}

void text_wrap(FILE *out, const char *text, size_t column, size_t indent, size_t width)
{
	bool begun = false;

	while (*text) {
		size_t blanks = strspn(text, " "), word = word_length(text + blanks);

		if (begun && column + blanks + word > width) {
			fprintf(out, "\n%*s", (int)indent, "");
			column = indent;
		} else {
			fprintf(out, "%.*s", (int)blanks, text);
			column += blanks;
		}
		fwrite(text + blanks, 1, word, out);
		column += word;
		text += blanks + word;
		begun = true;
	}
}

int text_write_all(int fd, const char *text, size_t length)
{
	while (length) {
		ssize_t n = write(fd, text, length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		text += n;
		length -= (size_t)n;
	}
	return 0;
}

void text_say(const char *line)
{
	const struct timespec now = {0};
	sigset_t answers, before;

	sigemptyset(&answers);
	sigaddset(&answers, SIGPIPE);
	sigaddset(&answers, SIGXFSZ);
	sigprocmask(SIG_BLOCK, &answers, &before);
	if (text_write_all(STDERR_FILENO, line, strlen(line)) < 0 &&
		(errno == EPIPE || errno == EFBIG))
		sigtimedwait(&answers, NULL, &now);
	sigprocmask(SIG_SETMASK, &before, NULL);
}

ssize_t text_read_file(const char *path, char *out, size_t size)
{
	return text_read_at(AT_FDCWD, path, out, size);
}

ssize_t text_read_at(int directory, const char *path, char *out, size_t size)
{
	int fd = openat(directory, path, O_RDONLY | O_CLOEXEC);
	size_t length = 0;
	ssize_t n = 0;

	if (fd < 0)
		return -1;
	while (length + 1 < size && (n = read(fd, out + length, size - 1 - length)) > 0)
		length += (size_t)n;
	close(fd);
	out[length] = '\0';
	return n < 0 ? -1 : (ssize_t)length;
}
