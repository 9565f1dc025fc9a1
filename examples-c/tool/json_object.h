/* Parses JSON objects whose fields are no objects and no arrays. */
#ifndef TOOL_JSON_OBJECT_H
#define TOOL_JSON_OBJECT_H

#include <stddef.h>

struct json_field {
  char *name; /* its bytes in UTF-8; so are those of the value */
  size_t name_length;
  enum { JSON_STRING, JSON_NULL, JSON_OTHER } type; /* JSON_OTHER: a number, true or false */
  char *value;
  size_t value_length;
};

#define JSON_FIELDS 32

struct json_object {
  struct json_field fields[JSON_FIELDS];
  size_t count;
};

/*
 * Parses a line. Strings are decoded where they are: the line is not as it was afterwards, and the fields point into
 * it.
 *
 * Returns: NULL; what is wrong, if it is no such object.
 */
const char *json_object_parse(char *line, size_t length, struct json_object *object);

/* The field of this name; NULL if there is none. */
const struct json_field *json_object_field(const struct json_object *object, const char *name);

#endif
