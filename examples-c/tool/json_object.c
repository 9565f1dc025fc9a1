#include "json_object.h"

#include <stdint.h>
#include <string.h>

#include "../common/readable.h"
#include "../common/utf8.h"

struct text {
  char *at;
  char *end;
  const char *wrong; /* NULL as long as nothing is */
};

static void fail_at(struct text *text, const char *wrong)
{
  if (text->wrong == NULL)
    text->wrong = wrong;
}

static void skip_blanks(struct text *text)
{
  while (text->at < text->end && (*text->at == ' ' || *text->at == '\t' || *text->at == '\r'))
    text->at++;
}

/* Steps over a character, if it is the next one after blanks. */
static int take(struct text *text, char c)
{
  skip_blanks(text);
  if (text->wrong != NULL || text->at == text->end || *text->at != c)
    return 0;
  text->at++;
  return 1;
}

/* ---- strings ------------------------------------------------------------------------------------------------- */

/* The number of the four digits at text->at, which it steps over. */
static uint32_t take_unit(struct text *text)
{
  uint32_t unit = 0;
  int i;

  for (i = 0; i < 4; i++) {
    int digit = text->at < text->end ? digit_of(*text->at) : -1;

    if (digit < 0) {
      fail_at(text, "\\u is not followed by four hexadecimal digits");
      return 0;
    }
    unit = unit << 4 | (uint32_t)digit;
    text->at++;
  }
  return unit;
}

static uint32_t take_code_point(struct text *text)
{
  uint32_t unit = take_unit(text), low;

  if (unit < 0xD800 || unit > 0xDFFF)
    return unit;
  low = 0;
  if (unit < 0xDC00 && text->end - text->at >= 2 && text->at[0] == '\\' && text->at[1] == 'u') {
    text->at += 2;
    low = take_unit(text);
  }
  if (low < 0xDC00 || low > 0xDFFF) {
    fail_at(text, "half of a surrogate pair is missing");
    return 0;
  }
  return 0x10000 + ((unit & 0x3FF) << 10) + (low & 0x3FF);
}

static char *put_utf8(char *to, uint32_t c)
{
  if (c < 0x80) {
    *to++ = (char)c;
  } else if (c < 0x800) {
    *to++ = (char)(0xC0 | c >> 6);
    *to++ = (char)(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    *to++ = (char)(0xE0 | c >> 12);
    *to++ = (char)(0x80 | (c >> 6 & 0x3F));
    *to++ = (char)(0x80 | (c & 0x3F));
  } else {
    *to++ = (char)(0xF0 | c >> 18);
    *to++ = (char)(0x80 | (c >> 12 & 0x3F));
    *to++ = (char)(0x80 | (c >> 6 & 0x3F));
    *to++ = (char)(0x80 | (c & 0x3F));
  }
  return to;
}

/* Decodes the escape after a backslash to `to`, which is never further than what it was read from. */
static char *take_escape(struct text *text, char *to)
{
  static const char escapes[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
  const char *found;
  char c = text->at < text->end ? *text->at++ : '\0';

  if (c == 'u')
    return put_utf8(to, take_code_point(text));
  found = c != '\0' ? strchr(escapes, c) : NULL;
  if (found == NULL)
    fail_at(text, "there is no such escape in JSON");
  else
    *to++ = meanings[found - escapes];
  return to;
}

/* How many characters from text->at on are ASCII that stands for itself in a string. */
static size_t plain_length(const struct text *text)
{
  size_t size = (size_t)(text->end - text->at), length = 0;

  while (length < size && text->at[length] >= 0x20 && text->at[length] < 0x7F && text->at[length] != '"' &&
         text->at[length] != '\\')
    length++;
  return length;
}

/* Steps over characters of a string, and copies them to `to`. */
static char *take_characters(struct text *text, char *to)
{
  size_t length = plain_length(text);
  int valid = 1;

  if (length == 0)
    length = utf8_length((const unsigned char *)text->at, (size_t)(text->end - text->at), &valid);
  if (!valid)
    fail_at(text, "a string is not UTF-8");
  else if ((unsigned char)*text->at < 0x20)
    fail_at(text, "a control character stands in a string");
  memmove(to, text->at, length);
  text->at += length;
  return to + length;
}

static void take_string(struct text *text, char **string, size_t *length)
{
  char *to;

  if (!take(text, '"')) {
    fail_at(text, "a string is missing");
    return;
  }
  to = *string = text->at;
  while (text->wrong == NULL && text->at < text->end && *text->at != '"') {
    if (*text->at == '\\') {
      text->at++;
      to = take_escape(text, to);
    } else {
      to = take_characters(text, to);
    }
  }
  *length = (size_t)(to - *string);
  if (!take(text, '"'))
    fail_at(text, "a string does not end");
}

/* ---- other values -------------------------------------------------------------------------------------------- */

static size_t digits(const char *s, size_t length)
{
  size_t count = 0;

  while (count < length && s[count] >= '0' && s[count] <= '9')
    count++;
  return count;
}

/* Whether all of it is a number as JSON has it. */
static int is_number(const char *s, size_t length)
{
  size_t at = length > 0 && *s == '-', count = digits(s + at, length - at);

  if (count == 0 || (count > 1 && s[at] == '0'))
    return 0;
  at += count;
  if (at < length && s[at] == '.') {
    count = digits(s + at + 1, length - at - 1);
    if (count == 0)
      return 0;
    at += 1 + count;
  }
  if (at < length && (s[at] == 'e' || s[at] == 'E')) {
    at++;
    at += at < length && (s[at] == '+' || s[at] == '-');
    count = digits(s + at, length - at);
    if (count == 0)
      return 0;
    at += count;
  }
  return at == length;
}

static int is_word(const struct json_field *field, const char *word)
{
  return field->value_length == strlen(word) && memcmp(field->value, word, field->value_length) == 0;
}

static void take_word(struct text *text, struct json_field *field)
{
  field->value = text->at;
  while (text->at < text->end && *text->at != '\0' && strchr(" \t\r,}", *text->at) == NULL)
    text->at++;
  field->value_length = (size_t)(text->at - field->value);
  field->type = is_word(field, "null") ? JSON_NULL : JSON_OTHER;
  if (field->value_length > 0 && (*field->value == '{' || *field->value == '['))
    fail_at(text, "an object or an array stands in the object");
  else if (field->type == JSON_OTHER && !is_word(field, "true") && !is_word(field, "false") &&
           !is_number(field->value, field->value_length))
    fail_at(text, "this is no value of JSON");
}

/* ---- the object ---------------------------------------------------------------------------------------------- */

static int has_field(const struct json_object *object, const struct json_field *field)
{
  size_t i;

  for (i = 0; i < object->count; i++) {
    if (object->fields[i].name_length == field->name_length &&
        memcmp(object->fields[i].name, field->name, field->name_length) == 0)
      return 1;
  }
  return 0;
}

static void take_field(struct text *text, struct json_object *object)
{
  struct json_field *field = &object->fields[object->count];

  if (object->count == JSON_FIELDS) {
    fail_at(text, "the object has too many fields");
    return;
  }
  take_string(text, &field->name, &field->name_length);
  if (!take(text, ':'))
    fail_at(text, "a colon is missing");
  skip_blanks(text);
  if (text->wrong != NULL)
    return;
  if (text->at < text->end && *text->at == '"') {
    field->type = JSON_STRING;
    take_string(text, &field->value, &field->value_length);
  } else {
    take_word(text, field);
  }
  if (text->wrong == NULL && has_field(object, field))
    fail_at(text, "the object has a field twice");
  object->count += text->wrong == NULL;
}

const char *json_object_parse(char *line, size_t length, struct json_object *object)
{
  struct text text = {line, line + length, NULL};

  object->count = 0;
  if (!take(&text, '{'))
    fail_at(&text, "this is no object");
  if (!take(&text, '}')) {
    do
      take_field(&text, object);
    while (take(&text, ','));
    if (!take(&text, '}'))
      fail_at(&text, "the object does not end");
  }
  skip_blanks(&text);
  if (text.at != text.end)
    fail_at(&text, "something stands after the object");
  return text.wrong;
}

const struct json_field *json_object_field(const struct json_object *object, const char *name)
{
  size_t i;

  for (i = 0; i < object->count; i++) {
    if (object->fields[i].name_length == strlen(name) && memcmp(object->fields[i].name, name, strlen(name)) == 0)
      return &object->fields[i];
  }
  return NULL;
}
