/* Every typed function and every model, by name. C has no models: what a field gives is what the accessor of its type gives. */
#include "runner_typed.h"
#include "runner.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- reading -------------------------------------------------------------------------------------------------------- */

static bool see(text *text, const char *shape, size_t model, const druva_json *value);

/* The fields of an object that give something. */
static void see_object(text *text, const typed_model *model, const druva_json *value) {
  put(text, "{");
  size_t begin = text->length;
  for (size_t at = 0; at < model->count; at++) {
    const typed_field *field = &model->fields[at];
    size_t before = text->length;
    put(text, "%s\"%s\":", before > begin ? "," : "", field->name);
    if (!see(text, field->shape, field->model, druva_json_get(value, field->name))) text->length = before;
  }
  put(text, "}");
}

/* The elements of a list, or the members of an object with free keys, that give something. */
static void see_all(text *text, bool named, const char *shape, size_t model, const druva_json *value) {
  put(text, named ? "{" : "[");
  size_t begin = text->length;
  for (size_t at = 0; at < druva_json_length(value); at++) {
    size_t before = text->length;
    if (before > begin) put(text, ",");
    if (named) {
      put_string(text, druva_json_name(value, at));
      put(text, ":");
    }
    if (!see(text, shape, model, druva_json_at(value, at))) text->length = before;
  }
  put(text, named ? "}" : "]");
}

/* Writes what a program reads of a value; false, and nothing written, if that is nothing. */
static bool see(text *text, const char *shape, size_t model, const druva_json *value) {
  druva_json_type type = druva_json_get_type(value);
  int64_t integer;
  double number;
  bool truth;
  switch (*shape) {
    case 't':
      if (druva_json_string(value) == NULL) return false;
      put_string(text, druva_json_string(value));
      return true;
    case 'i':
      if (!druva_json_int64(value, &integer)) return false;
      put(text, "%lld", (long long)integer);
      return true;
    case 'n':
      if (!druva_json_double(value, &number) || !isfinite(number)) return false;
      put(text, "%.17g", number);
      return true;
    case 'b':
      if (!druva_json_bool(value, &truth)) return false;
      put(text, truth ? "true" : "false");
      return true;
    case 'j':
      if (type == DRUVA_JSON_ABSENT || type == DRUVA_JSON_NULL) return false;
      put_json(text, value);
      return true;
    case 'o':
      if (type != DRUVA_JSON_OBJECT) return false;
      see_object(text, &typed_models[model], value);
      return true;
    default:
      if (type != (*shape == '{' ? DRUVA_JSON_OBJECT : DRUVA_JSON_ARRAY)) return false;
      see_all(text, *shape == '{', shape + 1, model, value);
      return true;
  }
}

static void put_seen(text *text, const char *shape, size_t model, const druva_json *value) {
  if (!see(text, shape, model, value)) put(text, "null");
}

void run_decode(text *answer, const druva_json *request) {
  const char *name = string(request, "type", "");
  const druva_json *values = druva_json_get(request, "values");
  size_t model = 0;
  while (model < typed_model_count && strcmp(typed_models[model].name, name) != 0) model++;
  if (model == typed_model_count) {
    put(answer, "\"unsupported\":");
    put_string(answer, name);
    return;
  }
  put(answer, "\"ok\":[");
  for (size_t at = 0; at < druva_json_length(values); at++) {
    put(answer, at > 0 ? ",{\"read\":" : "{\"read\":");
    put_seen(answer, "o", model, druva_json_at(values, at));
    put(answer, ",\"raw\":");
    put_json(answer, druva_json_at(values, at));
    put(answer, "}");
  }
  put(answer, "]");
}

/* --- calling -------------------------------------------------------------------------------------------------------- */

enum { MOST = 64 };

/* The arguments of a call, and what their pointers point to. */
typedef struct given {
  typed_positional at[MOST];
  char *options;
  void *owned[MOST];
  size_t owns;
} given;

static void *own(given *given, void *memory) {
  if (given->owns == MOST) abort();
  return given->owned[given->owns++] = must(memory);
}

static void give(given *given, const typed_argument *argument, const druva_json *value) {
  char *member = given->options + argument->at;
  size_t count = druva_json_length(value);
  int64_t *integers;
  double *number;
  bool *truth;
  const char **texts;
  switch (argument->kind) {
    case AT_INTEGER:
      druva_json_int64(value, &given->at[argument->at].integer);
      break;
    case AT_TEXT:
      given->at[argument->at].text = druva_json_string(value);
      break;
    case TEXT:
      *(const char **)member = druva_json_string(value);
      break;
    case INTEGER:
      druva_json_int64(value, integers = own(given, calloc(1, sizeof *integers)));
      *(const int64_t **)member = integers;
      break;
    case NUMBER:
      druva_json_double(value, number = own(given, calloc(1, sizeof *number)));
      *(const double **)member = number;
      break;
    case BOOLEAN:
      druva_json_bool(value, truth = own(given, calloc(1, sizeof *truth)));
      *(const bool **)member = truth;
      break;
    case JSON: {
      text text = {0};
      put_json(&text, value);
      *(const char **)member = own(given, text.start);
      break;
    }
    case TEXT_LIST:
      texts = own(given, calloc(count + 1, sizeof *texts));
      for (size_t at = 0; at < count; at++) texts[at] = druva_json_string(druva_json_at(value, at));
      *(const char *const **)member = texts;
      *(size_t *)(given->options + argument->length) = count;
      break;
    case INTEGER_LIST:
      integers = own(given, calloc(count + 1, sizeof *integers));
      for (size_t at = 0; at < count; at++) druva_json_int64(druva_json_at(value, at), &integers[at]);
      *(const int64_t **)member = integers;
      *(size_t *)(given->options + argument->length) = count;
      break;
  }
}

/* Everything of a list: what is read of each page, and the page. */
static void put_pages(text *answer, const typed_field *shape, druva_pages *pages) {
  text read = {0}, raw = {0};
  druva_response *page;
  druva_error *error;
  const druva_json *json;
  druva_result result;
  put(&read, "[");
  put(&raw, "[");
  while ((result = druva_pages_next(pages, &page, &error)) == DRUVA_OK) {
    if (druva_response_json(page, &json, NULL) != DRUVA_OK) abort();
    if (read.length > 1) put(&read, ","), put(&raw, ",");
    put_seen(&read, shape->shape, shape->model, json);
    put_json(&raw, json);
    druva_response_free(page);
  }
  if (result == DRUVA_DONE) put(answer, "\"ok\":{\"read\":%s],\"raw\":%s]}", read.start, raw.start);
  else put_error(answer, error);
  free(read.start);
  free(raw.start);
  druva_pages_free(pages);
}

static void put_answer(text *answer, const typed_field *shape, druva_response *response) {
  const druva_json *json;
  druva_error *error;
  if (shape->shape == NULL) {
    put(answer, "\"ok\":{\"status\":%d}", druva_response_status(response));
  } else if (druva_response_json(response, &json, &error) == DRUVA_OK) {
    put(answer, "\"ok\":{\"read\":");
    put_seen(answer, shape->shape, shape->model, json);
    put(answer, ",\"raw\":");
    put_json(answer, json);
    put(answer, "}");
  } else {
    put_error(answer, error);
  }
  druva_response_free(response);
}

void run_typed(text *answer, const druva_client *client, const druva_json *request) {
  const char *id = string(request, "operation", "");
  const druva_json *arguments = druva_json_get(request, "arguments");
  const typed_operation *operation = typed_operations, *end = typed_operations + typed_operation_count;
  while (operation < end && strcmp(operation->id, id) != 0) operation++;
  if (operation == end) {
    put(answer, "\"unsupported\":");
    put_string(answer, id);
    return;
  }
  given given = {.options = must(calloc(1, operation->options_size))};
  *(size_t *)given.options = operation->options_size;
  for (size_t at = 0; at < operation->count; at++) {
    const druva_json *value = druva_json_get(arguments, operation->arguments[at].name);
    if (value != NULL) give(&given, &operation->arguments[at], value);
  }
  void *made;
  druva_error *error;
  if (operation->call(client, given.at, given.options, &made, &error) != DRUVA_OK) put_error(answer, error);
  else if (operation->pages) put_pages(answer, &operation->answer, made);
  else put_answer(answer, &operation->answer, made);
  while (given.owns > 0) free(given.owned[--given.owns]);
  free(given.options);
}
