#include "label.h"

#include <stdio.h>

#include "terminal.h"

void put_label(const char *label)
{
  char text[16];

  snprintf(text, sizeof text, "  %-11s", label);
  put_styled(DIM, text);
}
