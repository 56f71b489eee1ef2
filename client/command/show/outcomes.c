/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "client/command/show/outcomes.h"

#include "client/command/base/report.h"
#include "client/command/show/json.h"
#include "client/command/show/listing.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Room for any digest in hexadecimal, NUL included. */
enum { HEX_SIZE = 65 };

static const char *digest_kind(const struct outcome_digest *digest)
{
	return digest->kind == MSGFETCH_DIGEST_SHA256 ? "sha256" : "xxh3";
}

static void format_hex(char buffer[HEX_SIZE], const struct outcome_digest *digest)
{
	static const char digits[] = "0123456789abcdef";
	char *at = buffer;

	for (size_t i = 0; i < digest->length && at < buffer + HEX_SIZE - 1; i++) {
		*at++ = digits[digest->bytes[i] >> 4];
		*at++ = digits[digest->bytes[i] & 15];
	}
	*at = '\0';
}

static void write_escaped(FILE *stream, const char *name)
{
	for (; *name != '\0'; name++) {
		if (*name == '\n')
			(void)fputs("\\n", stream);
		else if (*name == '\r')
			(void)fputs("\\r", stream);
		else if (*name == '\\')
			(void)fputs("\\\\", stream);
		else
			(void)fputc(*name, stream);
	}
}

void outcomes_write_digest(FILE *stream, const struct outcome_digest *digest, const char *name)
{
	/* xxhsum does not escape backslashes. */
	const char *special = digest->kind == MSGFETCH_DIGEST_SHA256 ? "\n\r\\" : "\n\r";
	const bool escaped = strpbrk(name, special) != NULL;
	char hex[HEX_SIZE];

	format_hex(hex, digest);
	if (escaped)
		(void)fputc('\\', stream);
	if (digest->kind == MSGFETCH_DIGEST_SHA256)
		(void)fprintf(stream, "%s  ", hex);
	else
		(void)fputs("XXH3 (", stream);
	if (escaped)
		write_escaped(stream, name);
	else
		(void)fputs(name, stream);
	if (digest->kind != MSGFETCH_DIGEST_SHA256)
		(void)fprintf(stream, ") = %s", hex);
	(void)fputc('\n', stream);
}

static void note(struct outcomes *outcomes, int error)
{
	if (outcomes->error == 0)
		outcomes->error = error;
}

static int add_json(FILE *stream, const struct outcome *outcome)
{
	struct json_line *line = json_begin();
	char hex[HEX_SIZE];

	json_add_text(line, "path", outcome->path);
	if (outcome->file != NULL)
		json_add_text(line, "file", outcome->file);
	if (outcome->mode != 0)
		json_add_text(line, "type", listing_kind(outcome->mode));
	json_add_text(line, "outcome",
		      outcome->result != NULL ? outcome->result : report_name(outcome->code));
	json_add_number(line, "code", outcome->code);
	if (outcome->error != NULL)
		json_add_text(line, "error", outcome->error);
	json_add_number(line, "bytes", (int64_t)outcome->bytes);
	if (S_ISDIR(outcome->mode) && outcome->result == NULL)
		json_add_number(line, "files", (int64_t)outcome->files);
	if (outcome->seconds >= 0)
		json_add_real(line, "seconds", outcome->seconds);
	if (outcome->digest.length > 0) {
		format_hex(hex, &outcome->digest);
		json_add_text(line, digest_kind(&outcome->digest), hex);
	}
	if (outcome->grew)
		json_add_true(line, "grew");
	return json_end(line, stream);
}

void outcomes_add(struct outcomes *outcomes, const struct outcome *outcome)
{
	if (outcomes->form == OUTCOMES_NONE ||
	    (outcomes->form == OUTCOMES_DIGESTS && outcome->digest.length == 0))
		return;
	if (outcomes->lines == NULL)
		outcomes->lines = open_memstream(&outcomes->text, &outcomes->length);
	if (outcomes->lines == NULL) {
		note(outcomes, -ENOMEM);
		return;
	}
	if (outcomes->form == OUTCOMES_JSON)
		note(outcomes, add_json(outcomes->lines, outcome));
	else
		outcomes_write_digest(outcomes->lines, &outcome->digest, outcome->file);
}

/* Closes the stream of held lines; their text stays in outcomes->text. */
static void close_lines(struct outcomes *outcomes)
{
	if (outcomes->lines == NULL)
		return;
	if (ferror(outcomes->lines) != 0)
		note(outcomes, -ENOMEM);
	if (fclose(outcomes->lines) != 0)
		note(outcomes, -ENOMEM);
	outcomes->lines = NULL;
}

void outcomes_restart(struct outcomes *outcomes)
{
	close_lines(outcomes);
	free(outcomes->text);
	outcomes->text = NULL;
	outcomes->length = 0;
}

/* Takes or releases the lock on standard output.  The kernel releases it if the process dies.
 */
static void set_lock(const struct outcomes *outcomes, short type)
{
	struct flock lock = {.l_type = type, .l_whence = SEEK_SET};

	/* Without the lock, lines may interleave but none is lost. */
	while (outcomes->lock > 0 && fcntl(outcomes->lock, F_SETLKW, &lock) != 0 &&
	       errno == EINTR)
		;
}

int outcomes_flush(struct outcomes *outcomes)
{
	int error;

	close_lines(outcomes);
	set_lock(outcomes, F_WRLCK);
	errno = 0;
	if (outcomes->length > 0 &&
	    (fwrite(outcomes->text, 1, outcomes->length, stdout) != outcomes->length ||
	     fflush(stdout) != 0))
		note(outcomes, errno != 0 ? -errno : -EIO);
	set_lock(outcomes, F_UNLCK);
	outcomes_restart(outcomes);
	error = outcomes->error;
	outcomes->error = 0;
	return error;
}
