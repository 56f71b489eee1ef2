/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/command/show/bar.h"

#include "client/command/base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>

#define GREEN "\033[32m"
#define PLAIN "\033[39m"

enum {
	LEAST_NAME = 8, /* columns; figures make way for the name below this width */
	LEAST_BAR = 10,
	FIGURES_SIZE = 96,
};

/* The figures as texts; "" if not known. */
struct figures {
	char percent[TEXT_NUMBER_SIZE + 8]; /* for a tree: the number of files */
	char bytes[TEXT_NUMBER_SIZE];
	char rate[TEXT_NUMBER_SIZE + 2];
	char left[TEXT_NUMBER_SIZE];
};

/* Appends to the string in line, which is cut at size bytes. */
static void append(char *line, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void append(char *line, size_t size, const char *format, ...)
{
	size_t length = strlen(line);
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(line + length, size - length, format, arguments);
	va_end(arguments);
}

static double share_done(const struct bar *bar)
{
	if (bar->size == 0)
		return 0;
	return bar->done >= bar->size ? 1 : (double)bar->done / (double)bar->size;
}

static struct figures make_figures(const struct bar *bar)
{
	struct figures figures = {{0}, {0}, {0}, {0}};

	text_bytes(figures.bytes, bar->done);
	if (bar->rate > 0)
		text_rate(figures.rate, bar->rate);
	if (bar->tree) {
		char count[TEXT_NUMBER_SIZE];

		text_count(count, bar->files);
		(void)snprintf(figures.percent, sizeof(figures.percent), "%s file%s", count,
			       bar->files == 1 ? "" : "s");
	}
	if (bar->size == 0 || bar->tree)
		return figures;
	(void)snprintf(figures.percent, sizeof(figures.percent), "%u%%",
		       (unsigned)(100 * share_done(bar)));
	if (bar->rate > 0 && bar->done <= bar->size)
		text_duration(figures.left, (double)(bar->size - bar->done) / bar->rate);
	return figures;
}

/* Joins as many figures as leave room for a name, in columns of fixed width. */
static void join_figures(char joined[FIGURES_SIZE], const struct figures *figures,
			 unsigned room)
{
	const char *texts[] = {figures->percent, figures->bytes, figures->rate, figures->left};
	static const int widths[] = {4, 7, 9, 7};
	static const char *const gaps[] = {" ", "  ", "  ", "  "};

	joined[0] = '\0';
	for (size_t i = 0; i < sizeof(widths) / sizeof(widths[0]); i++) {
		size_t length = strlen(texts[i]);
		bool usual = length <= (size_t)widths[i];
		size_t width = strlen(gaps[i]) + (usual ? (size_t)widths[i] : length);

		if (i == 0 && length == 0)
			continue;
		if ((i > 0 || !usual) && strlen(joined) + width + LEAST_NAME > room)
			return;
		append(joined, FIGURES_SIZE, "%s%*s", gaps[i], widths[i], texts[i]);
	}
}

/* Returns the columns of the character at text, and its bytes in *length. */
static unsigned character_width(const char *text, size_t *length)
{
	mbstate_t state = {0};
	wchar_t wide;
	int width;

	*length = mbrtowc(&wide, text, strlen(text), &state);
	if (*length == 0 || *length > strlen(text)) {
		*length = 1;
		return 1;
	}
	width = wcwidth(wide);
	return width < 0 ? 1 : (unsigned)width;
}

static unsigned text_width(const char *text)
{
	unsigned width = 0;
	size_t length;

	for (; *text != '\0'; text += length)
		width += character_width(text, &length);
	return width;
}

/*
 * Returns the longest end of text, which holds the file name, that fits room columns.
 * Sets *cut if that is not all of text.
 */
static const char *fitting_end(const char *text, unsigned room, bool *cut)
{
	unsigned width = text_width(text);
	size_t length;

	*cut = width > room;
	if (*cut)
		room -= room >= 3 ? 3 : room;
	for (; width > room; text += length)
		width -= character_width(text, &length);
	return text;
}

static void append_bar(char *line, size_t size, double share, unsigned width, bool color)
{
	unsigned full = (unsigned)(share * width);

	append(line, size, " [%s", color ? GREEN : "");
	for (unsigned i = 0; i < width; i++) {
		if (i == full)
			append(line, size, ">%s", color ? PLAIN : "");
		else
			append(line, size, "%c", i < full ? '=' : ' ');
	}
	append(line, size, "%s]", color && full >= width ? PLAIN : "");
}

void bar_line(char *line, size_t size, const struct bar *bar, unsigned columns, bool color)
{
	struct figures figures = make_figures(bar);
	char number[48] = "", joined[FIGURES_SIZE];
	unsigned room = columns < BAR_MOST_COLUMNS ? columns : BAR_MOST_COLUMNS;
	unsigned fixed, name_room, bar_room = 0;
	const char *name;
	bool cut;

	if (bar->count > 1)
		(void)snprintf(number, sizeof(number), "%zu/%zu ", bar->index, bar->count);
	if (strlen(number) + LEAST_NAME > room)
		number[0] = '\0';
	room -= (unsigned)strlen(number);
	join_figures(joined, &figures, room);
	fixed = (unsigned)strlen(joined);
	name_room = room > fixed ? room - fixed : 0;
	/* The bar gets half of the room, or more if the name is short. */
	if (bar->size > 0 && name_room >= 2 * (LEAST_BAR + 3)) {
		unsigned name_width = text_width(bar->name);

		bar_room = name_room / 2;
		if (name_width < name_room - bar_room)
			bar_room = name_room - name_width;
		name_room -= bar_room;
	}
	name = fitting_end(bar->name, name_room, &cut);
	(void)snprintf(line, size, "%s%s%s", number, cut && name_room >= 3 ? "..." : "", name);
	if (bar_room > 0)
		append_bar(line, size, share_done(bar), bar_room - 3, color);
	append(line, size, "%s", joined);
}

void bar_plain(char *line, size_t size, const struct bar *bar)
{
	struct figures figures = make_figures(bar);

	line[0] = '\0';
	if (bar->count > 1)
		append(line, size, "%zu/%zu ", bar->index, bar->count);
	append(line, size, "%s: ", bar->name);
	if (figures.percent[0] != '\0')
		append(line, size, "%s, ", figures.percent);
	append(line, size, "%s", figures.bytes);
	if (figures.rate[0] != '\0')
		append(line, size, ", %s", figures.rate);
	if (figures.left[0] != '\0' && bar->done < bar->size)
		append(line, size, ", %s left", figures.left);
}
