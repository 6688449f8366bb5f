/* Option parsing and planning with any words: libFuzzer's input, split at NUL, is a command line. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "explain.h"
#include "options.h"
#include "plan.h"

enum { WORDS_MAX = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What every refusal promises: a sentence of one line, and nothing else said. */
static void check_error(const struct error *error)
{
	if (error->step != ERROR_SAID || !error->object[0] || strchr(error->object, '\n'))
		abort();
}

static void plan(const struct spec *spec)
{
	struct facts facts = {
		.uid = 1000,
		.gid = 1000,
		.default_path = "/bin:/usr/bin",
		.shell = "/bin/sh",
		.kinds = ~0U,
		.terminal = true,
	};
	struct error error;
	struct plan plan;
	FILE *out = fopen("/dev/null", "w");

	if (!out)
		abort();
	if (plan_build(spec, &facts, &plan, &error) < 0) {
		check_error(&error);
	} else {
		explain_text(out, spec, &plan, &facts);
		explain_json(out, &plan, &facts);
		plan_free(&plan);
	}
	fclose(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), *words[WORDS_MAX + 2] = {(char *)"nsrun"};
	struct spec spec;
	struct error error;
	int count = 1;

	memcpy(text, data, size);
	text[size] = '\0';
	for (size_t at = 0; at < size && count <= WORDS_MAX; at += strlen(text + at) + 1)
		words[count++] = text + at;
	if (options_parse(count, words, &spec, &error) < 0)
		check_error(&error);
	else if (!spec.question)
		plan(&spec);
	free(text);
	return 0;
}
