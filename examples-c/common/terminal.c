#define _XOPEN_SOURCE 700

#include "terminal.h"

#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define WIDTH_OF_A_PIPE 72
#define NARROWEST 40

static int is_utf8;
static int has_color;
static size_t width = WIDTH_OF_A_PIPE;

static int is_set(const char *variable)
{
  const char *value = getenv(variable);

  return value != NULL && *value != '\0';
}

int terminal_obeys(int descriptor)
{
  return isatty(descriptor) && is_set("TERM") && strcmp(getenv("TERM"), "dumb") != 0;
}

size_t terminal_columns(int descriptor)
{
  struct winsize size;

  return ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : WIDTH_OF_A_PIPE;
}

/* See no-color.org. */
static int wants_color(void)
{
  return terminal_obeys(STDOUT_FILENO) && !is_set("NO_COLOR");
}

static size_t bounded(size_t columns)
{
  if (columns < NARROWEST)
    return NARROWEST;
  return columns > WIDEST ? WIDEST : columns;
}

void terminal_open(enum color color)
{
  is_utf8 = setlocale(LC_CTYPE, "") != NULL && strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
  has_color = color == COLOR_ALWAYS || (color == COLOR_AUTO && wants_color());
  width = bounded(terminal_columns(STDOUT_FILENO));
}

int terminal_is_utf8(void)
{
  return is_utf8;
}

size_t terminal_width(void)
{
  return width;
}

void put_style(enum style style)
{
  static const char *const codes[] = {"\033[0m", "\033[1m", "\033[2m", "\033[32m", "\033[1;31m"};

  if (has_color)
    put(&out, codes[style]);
}

void put_styled(enum style style, const char *text)
{
  put_style(style);
  put(&out, text);
  put_style(PLAIN);
}
