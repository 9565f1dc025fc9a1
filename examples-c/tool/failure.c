#include "failure.h"

#include <errno.h>
#include <stdlib.h>

#include "../common/complaint.h"
#include "../common/json_lines.h"
#include "../common/output.h"
#include "../common/progress.h"
#include "../common/text.h"

static int status_of(int code)
{
  switch (code) {
  case KEVO_OK:
    return EXIT_SUCCESS;
  case KEVO_NOT_FOUND:
  case KEVO_DELETED:
  case KEVO_END:
    return EXIT_DIFFERS;
  case KEVO_E_INVALID_ARGUMENT:
    return EXIT_USAGE;
  case KEVO_E_CORRUPT:
    return EXIT_DAMAGE;
  case KEVO_E_LOCKED:
  case KEVO_E_BUSY:
    return EXIT_LOCKED;
  default:
    return EXIT_FAILED;
  }
}

static void put_advice(const struct settings *settings, const char *advice, const char *rest)
{
  put(&err, "  ");
  put(&err, advice);
  if (rest != NULL) {
    put_text(&err, settings->database, 0);
    put(&err, rest);
  }
  put(&err, "\n");
}

static void advise_on_no_space(void)
{
  put(&err, "  make room on the disk, or give more of it to this user, and do it again\n");
}

static void advise(const struct settings *settings, int code, const kevo_error *error)
{
  int os_code = kevo_error_os_code(error);

  if (code == KEVO_E_CORRUPT) {
    put_advice(settings, "all damage is listed by: kevo verify ", "");
    put_advice(settings, "what is left goes into a new database with: kevo salvage ", " NEW-DATABASE");
  } else if (code == KEVO_E_LOCKED) {
    put_advice(settings, "end that process, or wait; commands that only read need no lock", NULL);
  } else if (code == KEVO_E_NOT_A_DATABASE) {
    put_advice(settings, "check the path; put, batch, import and bench make a new database with --create", NULL);
  } else if (code == KEVO_E_IO && (os_code == ENOSPC || os_code == EDQUOT)) {
    advise_on_no_space();
  }
}

static int tell(const struct settings *settings, int code, const kevo_error *error)
{
  const char *message = error != NULL ? kevo_error_message(error) : kevo_strerror(code);

  if (code >= 0)
    return status_of(code);
  progress_erase();
  if (settings->json) {
    json_put_outcome("error", code);
    json_put_message(code, message);
  }
  output_flush(&out);
  complain("", message);
  advise(settings, code, error);
  output_flush(&err);
  return status_of(code);
}

int fail(const struct settings *settings, int code, kevo_error *error)
{
  int status = tell(settings, code, error);

  kevo_error_free(error);
  return status;
}

int fail_in(const struct settings *settings, int code, const kevo_iterator *iterator)
{
  return code == KEVO_END ? EXIT_SUCCESS : tell(settings, code, kevo_iterator_error(iterator));
}

int fail_with(const char *what, const char *text)
{
  progress_erase();
  output_flush(&out);
  complain(what, text);
  return EXIT_FAILED;
}
