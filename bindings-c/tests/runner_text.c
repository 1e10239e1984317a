/* Answers as text, and requests as values. */
#include "runner.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- text that grows ------------------------------------------------------------------------------------------------ */

void *must(void *memory) {
  if (memory == NULL) abort();
  return memory;
}

static char *room(text *text, size_t count) {
  if (text->length + count + 1 > text->size) {
    text->size = 2 * (text->length + count + 1);
    text->start = must(realloc(text->start, text->size));
  }
  return text->start + text->length;
}

void put(text *text, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int count = vsnprintf(NULL, 0, format, arguments);
  va_end(arguments);
  char *end = room(text, (size_t)count);
  va_start(arguments, format);
  vsnprintf(end, (size_t)count + 1, format, arguments);
  va_end(arguments);
  text->length += (size_t)count;
}

void put_bytes(text *text, const char *bytes, size_t length) {
  put(text, "\"");
  for (size_t at = 0; at < length; at++) {
    unsigned char byte = (unsigned char)bytes[at];
    if (byte == '"' || byte == '\\' || byte < 0x20) put(text, "\\u%04x", byte);
    else put(text, "%c", byte);
  }
  put(text, "\"");
}

void put_string(text *text, const char *string) {
  if (string == NULL) put(text, "null");
  else put_bytes(text, string, strlen(string));
}

void put_json(text *text, const druva_json *value) {
  if (value == NULL) {
    put(text, "null");
    return;
  }
  size_t length = druva_json_write(value, NULL, 0);
  druva_json_write(value, room(text, length), length + 1);
  text->length += length;
}

/* --- errors --------------------------------------------------------------------------------------------------------- */

/* The members of an error, read through its accessors; the kind is what C has a number for. */
void put_error(text *text, druva_error *error) {
  static const char *const applied[] = {"no", "unknown", "yes"};
  druva_document *whole;
  const char *json = druva_error_to_json(error);
  if (druva_document_parse(json, strlen(json), &whole, NULL) != DRUVA_OK) abort();
  put(text, "\"error\":{\"kind\":");
  put_json(text, druva_json_get(druva_document_root(whole), "kind"));
  druva_document_free(whole);
  const struct {
    const char *name, *value;
  } texts[] = {
      {"class", druva_error_class(error)},   {"message", druva_error_message(error)}, {"operation", druva_error_operation(error)},
      {"method", druva_error_method(error)}, {"path", druva_error_path(error)},       {"code", druva_error_api_code(error)},
      {"hint", druva_error_hint(error)},     {"body", druva_error_body(error)},
  };
  for (size_t at = 0; at < sizeof texts / sizeof *texts; at++) {
    put(text, ",\"%s\":", texts[at].name);
    put_string(text, texts[at].value);
  }
  put(text, ",\"retryable\":%s,\"attempts\":%u", druva_error_retryable(error) ? "true" : "false", druva_error_attempts(error));
  put(text, ",\"may_have_been_applied\":\"%s\"", applied[druva_error_may_have_been_applied(error)]);
  if (druva_error_status(error) != 0) put(text, ",\"status\":%d", druva_error_status(error));
  else put(text, ",\"status\":null");
  if (druva_error_retry_after(error) >= 0) put(text, ",\"retry_after\":%.9g}", druva_error_retry_after(error));
  else put(text, ",\"retry_after\":null}");
  druva_error_free(error);
}

/* --- requests ------------------------------------------------------------------------------------------------------- */

char *argument_text(const druva_json *request, const char *name) {
  text text = {0};
  const druva_json *value = druva_json_get(request, name);
  if (value == NULL) put(&text, "{}");
  else put_json(&text, value);
  return text.start;
}

const char *string(const druva_json *request, const char *name, const char *fallback) {
  const char *found = druva_json_string(druva_json_get(request, name));
  return found != NULL ? found : fallback;
}
