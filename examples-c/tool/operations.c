#include "operations.h"

#include <string.h>

#include "../common/complaint.h"
#include "../common/json_lines.h"
#include "../common/output.h"
#include "../common/progress.h"
#include "../common/text.h"
#include "bytes.h"
#include "json_object.h"

static int is_text(const struct json_field *field, const char *text)
{
  return field != NULL && field->type == JSON_STRING && field->value_length == strlen(text) &&
         memcmp(field->value, text, field->value_length) == 0;
}

/* The bytes of the field `name`, in hexadecimal, or of `name_of_text`. Returns: NULL; what is wrong. */
static const char *bytes_of_field(const struct json_object *object, const char *name, const char *name_of_text,
                                  kevo_slice *bytes, int *code)
{
  const struct json_field *hex = json_object_field(object, name), *text = json_object_field(object, name_of_text);
  const struct json_field *field = hex != NULL ? hex : text;

  if ((hex != NULL) == (text != NULL))
    return hex != NULL ? "both hexadecimal and text are there"
                       : "a field is missing: key, key_text, value or value_text";
  if (field->type != JSON_STRING)
    return "a key or a value is no string";
  *code = bytes_parse(hex != NULL ? HEX : RAW, field->value, field->value_length, bytes);
  if (*code == KEVO_E_INVALID_ARGUMENT) {
    *code = KEVO_OK;
    return "a key or a value is not hexadecimal; text goes into key_text and value_text";
  }
  return *code == KEVO_OK ? NULL : kevo_strerror(*code);
}

static const char *add(kevo_batch *batch, int is_put, kevo_slice key, kevo_slice value, int *code)
{
  *code = is_put ? kevo_batch_put(batch, key.data, key.len, value.data, value.len)
                 : kevo_batch_delete(batch, key.data, key.len);
  return *code == KEVO_OK ? NULL : kevo_strerror(*code);
}

static const char *add_object(struct lines *lines, kevo_batch *batch, int *added, int *code)
{
  kevo_slice key = {NULL, 0}, value = {NULL, 0};
  const struct json_field *op, *kind;
  struct json_object object;
  const char *wrong = json_object_parse(lines->text, lines->length, &object);
  int is_put;

  if (wrong != NULL)
    return wrong;
  op = json_object_field(&object, "op");
  kind = json_object_field(&object, "kind");
  if (kind != NULL && !is_text(kind, "entry"))
    return NULL;
  is_put = op == NULL || is_text(op, "put");
  if (!is_put && !is_text(op, "delete"))
    return "op is neither put nor delete";
  wrong = bytes_of_field(&object, "key", "key_text", &key, code);
  if (wrong == NULL && is_put)
    wrong = bytes_of_field(&object, "value", "value_text", &value, code);
  if (wrong == NULL)
    wrong = add(batch, is_put, key, value, code);
  bytes_free(&key);
  bytes_free(&value);
  *added = wrong == NULL;
  return wrong;
}

/* Parses bytes of a plain line. Returns: NULL; what is wrong. */
static const char *plain_bytes(enum form form, const char *text, size_t length, kevo_slice *bytes, int *code)
{
  *code = bytes_parse(form, text, length, bytes);
  if (*code == KEVO_OK)
    return NULL;
  if (*code != KEVO_E_INVALID_ARGUMENT)
    return kevo_strerror(*code);
  *code = KEVO_OK;
  return form == HEX ? "a key or a value is not hexadecimal"
                     : "\\ begins \\xHH, \\\\ or \\\", and so not what is here";
}

static const char *add_plain(enum form form, const struct lines *lines, kevo_batch *batch, int *added, int *code)
{
  kevo_slice key = {NULL, 0}, value = {NULL, 0};
  const char *text = lines->text, *end = text + lines->length, *separator, *wrong;
  int is_put = lines->length > 3 && memcmp(text, "put", 3) == 0;

  if (!is_put && (lines->length <= 6 || memcmp(text, "delete", 6) != 0))
    return "a line is `put KEY VALUE`, `delete KEY` or a JSON object";
  text += is_put ? 3 : 6;
  if (*text != ' ' && *text != '\t')
    return "after put or delete comes a tab or a blank";
  separator = is_put ? memchr(text + 1, *text, (size_t)(end - text - 1)) : end;
  text++;
  if (separator == NULL)
    return "after the key of a put comes the same as before it, a tab or a blank, and then the value";
  wrong = plain_bytes(form, text, (size_t)(separator - text), &key, code);
  if (wrong == NULL && is_put)
    wrong = plain_bytes(form, separator + 1, (size_t)(end - separator - 1), &value, code);
  if (wrong == NULL)
    wrong = add(batch, is_put, key, value, code);
  bytes_free(&key);
  bytes_free(&value);
  *added = wrong == NULL;
  return wrong;
}

const char *operation_add(const struct settings *settings, enum lines_of of, struct lines *lines, kevo_batch *batch,
                          int *added, int *code)
{
  *added = 0;
  *code = KEVO_OK;
  if (lines->length == 0 || *lines->text == '#')
    return NULL;
  if (*lines->text == '{')
    return add_object(lines, batch, added, code);
  if (of == LINES_OF_JSON)
    return "this is no JSON object";
  return add_plain(settings->form, lines, batch, added, code);
}

int bad_line(const struct settings *settings, const struct lines *lines, const char *wrong)
{
  progress_erase();
  if (settings->json) {
    json_put_outcome("error", KEVO_E_INVALID_ARGUMENT);
    put(&out, ",\"line\":");
    put_number(&out, lines->number);
    json_put_message(KEVO_E_INVALID_ARGUMENT, wrong);
  }
  output_flush(&out);
  put(&err, program.name);
  put(&err, ": line ");
  put_number(&err, lines->number);
  put(&err, " of standard input: ");
  put_text(&err, wrong, 0);
  put(&err, "\n");
  output_flush(&err);
  return EXIT_USAGE;
}
