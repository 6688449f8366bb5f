# make            one static binary, ./nsrun        make STATIC=0    a dynamic one
# make install    honours DESTDIR and prefix        make check       all tests, quickly
# make lint       floors, manual, code, scripts     make check-asan  the tests with sanitizers

VERSION = 0.1.0
STATIC = 1
# What is built goes here; the sanitized build has a folder of its own.
B = build

prefix = /usr/local
bindir = $(prefix)/bin
datadir = $(prefix)/share
mandir = $(datadir)/man

CC = gcc
INSTALL = install
# Empty to keep the debugging symbols.
STRIP = -s
CFLAGS ?= -O2 -g
WARNINGS = -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
	-Wvla -Wswitch-enum -Wformat=2
HARDENING = -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection
ALL_CFLAGS = -std=gnu11 -D_GNU_SOURCE -DVERSION='"$(VERSION)"' -Iinclude $(WARNINGS) $(HARDENING) \
	-fno-pie -ffunction-sections -fdata-sections $(CPPFLAGS) $(CFLAGS)
ALL_LDFLAGS = -no-pie -Wl,-z,relro,-z,now,--gc-sections $(if $(filter 1,$(STATIC)),-static) $(LDFLAGS)
# Of the program alone.
PROGRAM_LDFLAGS = $(if $(filter 1,$(STATIC)),-Wl$(comma)-T$(comma)src/cold.ld)
comma = ,

OBJECTS = $(patsubst src/%.c,$(B)/%.o,$(wildcard src/*.c))
PARTS = $(filter-out $(B)/main.o,$(OBJECTS))
UNIT_TESTS = $(patsubst tests/unit/%.c,$(B)/unit/%,$(wildcard tests/unit/test_*.c))
HELPERS = $(patsubst tests/system/%.c,$(B)/helpers/%,$(wildcard tests/system/*.c))
COMPLETIONS = $(B)/nsrun.bash $(B)/_nsrun $(B)/nsrun.fish

ifeq ($(B),build)
nsrun: $(B)/nsrun
	cp $< $@
endif

$(B)/nsrun: $(OBJECTS) $(B)/flags src/cold.ld
	$(CC) $(ALL_CFLAGS) $(OBJECTS) -o $@ $(ALL_LDFLAGS) $(PROGRAM_LDFLAGS)

$(B)/%.o: src/%.c $(B)/flags
	$(CC) $(ALL_CFLAGS) -MMD -MP -c $< -o $@

# It holds the text of that file.
$(B)/explain_c.o: include/new_root.h src/code.c src/new_root.c

# Other flags than last time: all is built anew.
FLAGS = $(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS)
$(B)/flags: FORCE
	@mkdir -p $(B)/unit $(B)/helpers
	@echo '$(subst ','\'',$(FLAGS))' | cmp -s - $@ || echo '$(subst ','\'',$(FLAGS))' > $@

$(B)/nsrun.bash: $(B)/nsrun
	$(B)/nsrun --completion bash > $@
$(B)/_nsrun: $(B)/nsrun
	$(B)/nsrun --completion zsh > $@
$(B)/nsrun.fish: $(B)/nsrun
	$(B)/nsrun --completion fish > $@

install: $(B)/nsrun $(COMPLETIONS)
	$(INSTALL) -d "$(DESTDIR)$(bindir)" "$(DESTDIR)$(mandir)/man1" \
		"$(DESTDIR)$(mandir)/man7" \
		"$(DESTDIR)$(datadir)/bash-completion/completions" \
		"$(DESTDIR)$(datadir)/zsh/site-functions" \
		"$(DESTDIR)$(datadir)/fish/vendor_completions.d"
	$(INSTALL) -m 755 $(STRIP) $(B)/nsrun "$(DESTDIR)$(bindir)/nsrun"
	$(INSTALL) -m 644 man/nsrun.1 "$(DESTDIR)$(mandir)/man1/nsrun.1"
	$(INSTALL) -m 644 man/nsrun-lab.7 "$(DESTDIR)$(mandir)/man7/nsrun-lab.7"
	$(INSTALL) -m 644 $(B)/nsrun.bash "$(DESTDIR)$(datadir)/bash-completion/completions/nsrun"
	$(INSTALL) -m 644 $(B)/_nsrun "$(DESTDIR)$(datadir)/zsh/site-functions/_nsrun"
	$(INSTALL) -m 644 $(B)/nsrun.fish "$(DESTDIR)$(datadir)/fish/vendor_completions.d/nsrun.fish"

# cmocka tests: dynamic, as Debian has no static cmocka.  In the program itself: glibc alone.
$(B)/unit/%: tests/unit/%.c $(wildcard tests/unit/*.h) $(PARTS)
	$(CC) $(ALL_CFLAGS) $< $(PARTS) -o $@ -no-pie $(LDFLAGS) -lcmocka

$(B)/helpers/%: tests/system/%.c $(B)/flags
	$(CC) $(ALL_CFLAGS) $< -o $@ $(ALL_LDFLAGS)

# It makes no call but exit(2): what is counted and timed is the launcher.
$(B)/helpers/empty: tests/system/empty.c $(B)/flags
	$(CC) -O2 -ffreestanding -fno-stack-protector -nostdlib -static -no-pie $< -o $@

build-tests: $(B)/nsrun $(UNIT_TESTS) $(HELPERS)

check: build-tests
	tests/run $(B)

check-asan:
	ASAN_OPTIONS=detect_leaks=0 UBSAN_OPTIONS=halt_on_error=1 $(MAKE) check STATIC=0 B=build-asan \
		CFLAGS='-O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined' \
		HARDENING= LDFLAGS='-fsanitize=address,undefined'

lint: $(B)/nsrun
	tests/lint $(B)

# How fast it is, beside the least-work program and what else is installed.  Slow.
bench: build-tests
	@BENCH_CC='$(CC)' BENCH_CFLAGS='$(subst ','\'',$(ALL_CFLAGS))' \
		BENCH_LDFLAGS='$(subst ','\'',$(ALL_LDFLAGS))' tests/bench/run $(B)
	@BENCH_CC='$(CC)' tests/bench/list $(B)

# The tests on other kernels, in virtual machines; `tests/setup kernels` fetches them.  Slow.
check-kernels: build-tests
	tests/vm/check $(B)

# Option parsing with libFuzzer, for a minute.
fuzz: $(B)/nsrun
	tests/fuzz/run $(B)

# One line of src broken at a time: some test must notice.  Slow.
check-mutants: build-tests
	tests/mutants/run

# 10,000 launches in a row and 8 side by side.  As root.
check-many: build-tests
	tests/many $(B)

# Parsing, plans, explanations and unit tests under valgrind, with a dynamic binary; no launch.
check-valgrind:
	$(MAKE) build-tests STATIC=0 B=build-valgrind CFLAGS='-O1 -g'
	tests/valgrind build-valgrind

clean:
	rm -rf build build-* nsrun

FORCE:
.PHONY: install build-tests check check-asan lint bench check-kernels \
	fuzz check-mutants check-many check-valgrind clean FORCE
.SECONDARY:

-include $(OBJECTS:.o=.d)
