/* What the parts of the conformance runner share. */
#ifndef DRUVA_RUNNER_H
#define DRUVA_RUNNER_H

#include <druva.h>
#include <pthread.h>
#include <stddef.h>

/* Text that grows. */
typedef struct text {
  char *start;
  size_t length, size;
} text;

/* Memory that was asked for. */
void *must(void *memory);

void put(text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* JSON texts; NULL is null. */
void put_bytes(text *text, const char *bytes, size_t length);
void put_string(text *text, const char *string);
void put_json(text *text, const druva_json *value);

/* An error as a member of the answer; it is freed. */
void put_error(text *text, druva_error *error);

/* A member of a request as JSON text ("{}" without it), to be freed. */
char *argument_text(const druva_json *request, const char *name);

/* A member of a request that is text. */
const char *string(const druva_json *request, const char *name, const char *fallback);

/* Calls that run at once, and how many of each class came of them. */
typedef struct crowd {
  pthread_mutex_t lock;
  pthread_cond_t done;
  size_t left;
  struct {
    char class[64];
    size_t count;
  } counts[32];
} crowd;

/* For so many calls; what came of them is the answer when all have ended. */
void crowd_begin(crowd *crowd, size_t count);
void crowd_call(crowd *crowd, const druva_client *client, const char *operation, const char *arguments,
                const druva_call_options *options);
void crowd_end(crowd *crowd, text *answer);

/* Calls for every customer of a provider, each with a client of its own. */
void run_customers(text *answer, const druva_client *provider, const druva_json *request);

/* An operation through its typed function, and values as a model reads them. */
void run_typed(text *answer, const druva_client *client, const druva_json *request);
void run_decode(text *answer, const druva_json *request);

#endif
