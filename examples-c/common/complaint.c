#include "complaint.h"

#include "text.h"

void complain(const char *what, const char *text)
{
  put(&err, program.name);
  put(&err, ": ");
  put(&err, what);
  put_text(&err, text, 0);
  put(&err, "\n");
  output_flush(&err);
}

int bad_usage(const char *what, const char *argument)
{
  complain(what, argument);
  program.put_usage(&err);
  output_flush(&err);
  return EXIT_USAGE;
}
