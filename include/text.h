/*
 * Text for people and for programs: names and paths are bytes, and what is not plain UTF-8 is
 * escaped only here, where it is shown.
 */
#ifndef TEXT_H
#define TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

/* `value` between double quotes: control bytes, quotes, backslashes and bytes that are not UTF-8
 * are escaped as in C; at most `size` bytes with the NUL, a longer value is shortened in the
 * middle ("abc...xyz").  Returns `out`; without memory it holds "?". */
char *text_quote(char *out, size_t size, const char *value);

/* The same, whole, on a stream. */
void text_c_string(FILE *out, const char *value);

/* The same as every C compiler takes it: all but printable ASCII is octal, and no trigraph begins. */
void text_code_string(FILE *out, const char *value);

/* The same, without the quotes and with none of its own escaped; with `ascii` all is that is not ASCII. */
void text_plain(FILE *out, const char *value, bool ascii);

/* How many bytes of a line of UTF-8 fill at most so many columns of a terminal. */
size_t text_prefix(const char *line, size_t columns);

/* `value` as a JSON string; a byte that is not UTF-8 is written as \\xNN (a backslash, x and two
 * hexadecimal digits), for JSON has no bytes. */
void text_json_string(FILE *out, const char *value);

/* `text` in lines of at most `width` columns, broken at blanks and after | signs; every line but
 * the first begins with `indent` blanks.  `column` is where the first line begins.  A single
 * longer word sticks out.  Ends without a newline. */
void text_wrap(FILE *out, const char *text, size_t column, size_t indent, size_t width);

/* All `length` bytes to `fd`, also after an interruption.  0, or -1 and errno. */
int text_write_all(int fd, const char *text, size_t length);

/* One line to standard error, which may be a closed pipe or at the limit of file sizes: the SIGPIPE or
 * SIGXFSZ that answers then is taken away, as it would strike the launch or the command. */
void text_say(const char *line);

/* A whole small file (of /proc) as a string in `out`; what does not fit is left out.
 * The number of bytes, or -1 and errno.  No allocation, no stdio. */
ssize_t text_read_file(const char *path, char *out, size_t size);

/* The same for a path that counts from a directory. */
ssize_t text_read_at(int directory, const char *path, char *out, size_t size);

#endif
