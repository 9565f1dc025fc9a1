#include "complaint.h"

#include "output.h"
#include "text.h"

void complain(const char *what, const char *text)
{
  put(&err, "kevo-dump: ");
  put(&err, what);
  put_text(&err, text, 0);
  put(&err, "\n");
  output_flush(&err);
}
