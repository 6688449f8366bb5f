# make            one static binary, ./nsrun      make STATIC=0   a dynamic one
# make install    honours DESTDIR and prefix      make check      all tests, quickly
# make lint       floors, manual, code, scripts   make check-asan the tests with sanitizers

VERSION = 0.1.0
STATIC = 1
B = build

prefix = /usr/local
bindir = $(prefix)/bin
mandir = $(prefix)/share/man
datadir = $(prefix)/share

CC = gcc
CFLAGS = -O2 -g
WARNINGS = -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
	-Wvla -Wswitch-enum -Wformat=2
HARDENING = -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection
ALL_CFLAGS = -std=gnu11 -D_GNU_SOURCE -DVERSION='"$(VERSION)"' -Iinclude $(WARNINGS) $(HARDENING) \
	-fno-pie -ffunction-sections -fdata-sections $(CFLAGS)
ALL_LDFLAGS = -Wl,-z,relro,-z,now,--gc-sections -no-pie $(if $(filter 1,$(STATIC)),-static) $(LDFLAGS)

SOURCES = $(wildcard src/*.c)
OBJECTS = $(SOURCES:src/%.c=$(B)/%.o)

nsrun: $(B)/nsrun
	cp $< $@

$(B)/nsrun: $(OBJECTS) $(B)/flags
	$(CC) $(ALL_CFLAGS) $(OBJECTS) -o $@ $(ALL_LDFLAGS)

$(B)/%.o: src/%.c $(B)/flags
	$(CC) $(ALL_CFLAGS) -MMD -MP -c $< -o $@

# Other flags than last time: all is built anew.
$(B)/flags: FORCE
	@mkdir -p $(B)
	@echo '$(subst ','\'',$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS))' | cmp -s - $@ || \
		echo '$(subst ','\'',$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS))' > $@

clean:
	rm -rf build build-* nsrun

FORCE:
.PHONY: clean FORCE

-include $(OBJECTS:.o=.d)
