/* The typed functions and the models by name: what generated_typed.c tells runner_typed.c. */
#ifndef DRUVA_RUNNER_TYPED_H
#define DRUVA_RUNNER_TYPED_H

#include <druva.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How an argument is passed: as a parameter of the function, or as a member of its options. */
typedef enum typed_kind { AT_INTEGER, AT_TEXT, TEXT, INTEGER, NUMBER, BOOLEAN, JSON, TEXT_LIST, INTEGER_LIST } typed_kind;

typedef struct typed_argument {
  const char *name;
  typed_kind kind;
  /* Of a parameter its place among them, of a member its offset; of a list also the offset of its length. */
  size_t at, length;
} typed_argument;

typedef union typed_positional {
  int64_t integer;
  const char *text;
} typed_positional;

/* How a value is read: the letter of what it holds (text, integer, number, boolean, any JSON, object of a model), after a
 * bracket for each list "[" or object with free keys "{" around it. */
typedef struct typed_field {
  const char *name, *shape;
  size_t model;
} typed_field;

typedef struct typed_model {
  const char *name;
  const typed_field *fields;
  size_t count;
} typed_model;

typedef struct typed_operation {
  const char *id;
  druva_result (*call)(const druva_client *client, const typed_positional *at, const void *options, void **out,
                       druva_error **error);
  size_t options_size;
  const typed_argument *arguments;
  size_t count;
  /* Whether it gives druva_pages, and not a druva_response. */
  bool pages;
  /* Without a shape where there is no JSON that anything is known of. */
  typed_field answer;
} typed_operation;

extern const typed_model typed_models[];
extern const size_t typed_model_count;
extern const typed_operation typed_operations[];
extern const size_t typed_operation_count;

#endif
